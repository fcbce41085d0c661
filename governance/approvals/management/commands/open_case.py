"""Ask that a version may be used: ``manage.py open_case VERSION --as EMAIL --request TEXT``."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals import commands as approvals
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Opens a case about a version; with --submit it goes to its reviewers at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", type=UUID, help="the version's id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--request", required=True, help="what is asked for, and why")
        parser.add_argument("--submit", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        try:
            case = approvals.open_case(
                actor=actor, version_id=options["version"], request=options["request"]
            )
            if options["submit"]:
                case = approvals.submit_case(actor=actor, case_id=case.pk)
        except DomainError as error:
            raise refusal(error) from error
        answer = f"; the gate says {case.gate['answer']}" if case.gate else ""
        self.stdout.write(f"{case.public_id} {case.pk}: {case.get_state_display()}{answer}")
