"""Hand a draft to its reviewers: ``manage.py submit_case CASE --as EMAIL``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals import commands as approvals
from governance.approvals.management.shared import case_of
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Submits a draft case, bound to the evidence and the policy of this moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        try:
            case = approvals.submit_case(actor=actor, case_id=case_of(actor, options["case"]).pk)
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{case.public_id}: the gate says {case.gate['answer']}")
