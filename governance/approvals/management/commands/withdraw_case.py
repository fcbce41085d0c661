"""Take back an open case: ``manage.py withdraw_case CASE --as EMAIL --reason TEXT``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals import commands as approvals
from governance.approvals.management.shared import case_of
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Withdraws an open case; what was said in it stays on record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--reason", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        found = case_of(actor, options["case"])
        try:
            case = approvals.withdraw_case(actor=actor, case_id=found.pk, reason=options["reason"])
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{case.public_id}: {case.get_state_display()}")
