"""Speak on a case from the shell, on the statement that was read there.

``manage.py show_case CASE --as EMAIL --statement`` prints the statement, its digest and where the
ledger stood: ``DIGEST@ENTRIES``, which is handed over as ``--statement``. The password is
asked for, or read from standard input.
"""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.approvals import commands as approvals
from governance.approvals.kinds import Choice
from governance.approvals.management.shared import as_read, case_of, proved
from governance.approvals.rules.words import NewCondition, Words
from governance.kernel.actor import Strength
from governance.kernel.errors import DomainError

_PARTS = 3


class Command(BaseCommand):
    help = "Records an opinion or the decision at a case's open step, signed with the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--choice", required=True, choices=Choice.values)
        parser.add_argument("--statement", required=True, metavar="DIGEST@ENTRIES")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--override", default="", help="why, although an opinion is against")
        parser.add_argument(
            "--condition",
            action="append",
            default=[],
            metavar="TEXT|OWNER EMAIL|YYYY-MM-DD",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        user = person_of(options["email"])
        actor = actor_of(user, Strength.PASSWORD)
        case = case_of(actor, options["case"])
        presented = as_read(case, user, options["statement"])
        conditions = tuple(_condition(text) for text in options["condition"])
        choice = Choice(options["choice"])
        words = Words(choice, options["reason"], options["override"], conditions)
        try:
            decision = approvals.decide_step(
                actor=actor,
                step_id=presented.step.pk,
                words=words,
                seen=presented.statement,
                proof=proved(actor),
            )
        except DomainError as error:
            raise refusal(error) from error
        case.refresh_from_db()
        self.stdout.write(f"Signed statement {decision.statement_digest}")
        self.stdout.write(f"{case.public_id}: {case.get_state_display()}")


def _condition(text: str) -> NewCondition:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != _PARTS:
        raise CommandError("Write a condition as TEXT|OWNER EMAIL|YYYY-MM-DD.")
    try:
        due = date.fromisoformat(parts[2])
    except ValueError as error:
        raise CommandError(f"{parts[2]!r} is no day; write it as YYYY-MM-DD.") from error
    return NewCondition(parts[0], person_of(parts[1]).pk, due)
