"""Look at budgets, forecasts and anomalies now: ``manage.py watch_costs``.

The service does the same once a day and after each published run; doing it twice tells nothing
twice.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.costs import watching


class Command(BaseCommand):
    help = "Looks for days that stand out, makes forecasts that are due, checks budgets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--most",
            type=int,
            default=watching.MOST_FORECASTS,
            help="how many forecasts to make at most, the largest costs first",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        done = watching.watch(most=options["most"])
        self.stdout.write(
            f"{done.opened} anomalies opened, {done.restated} restated; "
            f"{done.frozen} forecasts made, {done.scored} scored; "
            f"{done.crossed} budget thresholds crossed."
        )
