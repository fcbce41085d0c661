"""Ask for a month's cost report: ``manage.py request_cost_report 2026-09 USD --as EMAIL``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal, team_of
from governance.kernel.errors import DomainError
from reports.documents import commands as documents
from reports.documents.management.waiting import wait_for
from reports.documents.rules import first_day


class Command(BaseCommand):
    help = "Requests the report on a month's published money; a worker makes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="YYYY-MM")
        parser.add_argument("currency", help="such as USD")
        parser.add_argument("--team", default="", help="its slug; without it, all of the money")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--wait", action="store_true", help="until it is signed or has failed")

    def handle(self, *_args: Any, **options: Any) -> None:
        team = team_of(options["team"]) if options["team"] else None
        try:
            report = documents.request_cost_report(
                actor=actor_of(person_of(options["email"])),
                month=first_day(options["month"]),
                currency=options["currency"].upper(),
                team_id=team.pk if team else None,
            )
        except DomainError as error:
            raise refusal(error) from error
        if options["wait"]:
            wait_for(report)
        self.stdout.write(f"{report.public_id} {report.pk}: {report.get_state_display()}")
