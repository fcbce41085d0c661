"""Declare a condition met: ``manage.py meet_condition CASE ID --as EMAIL --note TEXT``.

Without an id the case's conditions are listed with theirs. The password is asked for, or read from
standard input: a person says this, never a token.
"""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals import commands as approvals
from governance.approvals.management.shared import case_of, proved
from governance.approvals.models import ApprovalCase
from governance.kernel.actor import Strength
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Declares a condition of an approval met; without its id, lists the conditions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("condition", type=UUID, nargs="?")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--note", default="", help="what was done, and where it can be seen")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]), Strength.PASSWORD)
        case = case_of(actor, options["case"])
        wanted = options["condition"]
        if wanted is None:
            return self._list(case)
        if not case.conditions.filter(pk=wanted).exists():
            raise CommandError(f"{case.public_id} has no condition {wanted}.")
        try:
            proved(actor)
            met = approvals.meet_condition(actor=actor, condition_id=wanted, note=options["note"])
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"condition {met.pk}: {met.get_state_display()}")
        return None

    def _list(self, case: ApprovalCase) -> None:
        for one in case.conditions.select_related("owner").order_by("due_on", "id"):
            state = one.get_state_display()
            self.stdout.write(f"condition {one.pk}: {state}, due {one.due_on}, {one.owner}")
            self.stdout.write(f"  {one.text}")
