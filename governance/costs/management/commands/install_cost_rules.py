"""Draft a set of cost rules from YAML: ``manage.py install_cost_rules FILE --as EMAIL``.

Nobody approves from the shell: another person reads the set on its page and says yes there.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.costs import commands as costs
from governance.costs.rules.rulefiles import read_text
from governance.kernel.errors import DomainError


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError("--from takes the first day of a month, such as 2026-01-01.") from error


class Command(BaseCommand):
    help = "Drafts a rule set out of a YAML file; with --submit it goes to whoever approves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--from", dest="start", required=True, type=_day, metavar="DAY")
        parser.add_argument("--note", default="")
        parser.add_argument("--submit", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor, path = actor_of(person_of(options["email"])), options["file"]
        try:
            raws = read_text(path.read_text(encoding="utf-8"))
            row = costs.draft_ruleset(
                actor=actor, effective_from=options["start"], note=options["note"], raws=raws
            )
            if options["submit"]:
                row = costs.submit_ruleset(actor=actor, ruleset_id=row.pk)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        except DomainError as error:
            raise refusal(error) from error
        state = row.get_state_display().lower()
        self.stdout.write(f"{row.public_id} ({row.pk}): {len(raws)} rules, {state}.")
