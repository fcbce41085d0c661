"""Record usage from a CSV file: ``manage.py record_usage FILE --as EMAIL``.

Columns: version, day, unit, quantity, origin. The same file again changes nothing.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.costs import commands as costs
from governance.costs.rules.usage import read_csv
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Records how much versions were used, in one delivery of at most 10,000 rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        try:
            rows = read_csv(options["file"].read_bytes())
            done = costs.record_usage(actor=actor, rows=rows)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except DomainError as error:
            raise refusal(error) from error
        for refused in done.refused:
            self.stderr.write(f"row {refused.place}: {' '.join(refused.why)}")
        self.stdout.write(
            f"{done.recorded} rows recorded ({done.restated} restate earlier ones), "
            f"{done.unchanged} known already, {len(done.refused)} refused."
        )
