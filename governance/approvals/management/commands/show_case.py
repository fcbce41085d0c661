"""Show a case: ``manage.py show_case CASE --as EMAIL``."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from governance.access.shell import actor_of, person_of
from governance.approvals.management.shared import case_of, named
from governance.approvals.querysets import gates, statements


class Command(BaseCommand):
    help = "Prints a case's state, its gate and what was said; --statement adds what is signed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="its number (APR-00001) or its id")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--statement", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = person_of(options["email"])
        case = case_of(actor_of(user), options["case"])
        self.stdout.write(f"{case.public_id} {case.version}: {case.get_state_display()}")
        answer = gates.of_case(case, timezone.now()).answer
        self.stdout.write(f"Gate: {answer.answer}, tier {answer.tier}")
        for reason in answer.against:
            self.stdout.write(f"  {reason.text} {' '.join(reason.evidence)}")
        for said in case.decisions.select_related("person"):
            self.stdout.write(f"{said.person}, {said.role}: {said.get_choice_display()}")
            self.stdout.write(f"  {said.reason}")
        presented = statements.present(case, user.pk) if options["statement"] else None
        if presented is not None:
            self.stdout.write(json.dumps(presented.statement, indent=2, ensure_ascii=False))
            self.stdout.write(f"Statement {named(presented)}")
