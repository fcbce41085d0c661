"""Ask for the report of a decided case: ``manage.py request_report CASE --as EMAIL [--wait]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals.management.shared import case_of
from governance.kernel.errors import DomainError
from reports.documents import commands as documents
from reports.documents.management.waiting import wait_for


class Command(BaseCommand):
    help = "Requests a case's validation report, or names the one there is; a worker makes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--wait", action="store_true", help="until it is signed or has failed")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        case = case_of(actor, options["case"])
        try:
            report = documents.request_report(actor=actor, case_id=case.pk)
        except DomainError as error:
            raise refusal(error) from error
        if options["wait"]:
            wait_for(report)
        self.stdout.write(f"{report.public_id} {report.pk}: {report.get_state_display()}")
