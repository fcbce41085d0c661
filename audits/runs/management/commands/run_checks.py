"""Run the checks of a version from the shell and see what they say.

Exit status: 0 every check passed, 2 some did not, 1 the run failed or could not be asked for.
"""

import sys
import time
from typing import Any, NoReturn
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.engine.outcome import Verdict
from audits.runs import commands as runs
from audits.runs.kinds import CheckState, RunState
from audits.runs.models import AuditRun
from governance.access.shell import actor_of, person_of, refusal
from governance.kernel.errors import DomainError

_NOT_ALL = 2
_LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = "Requests an audit run of a model version; --wait shows its checks as they end."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let ``--version`` name the model version here, in place of Django's own."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--version", dest="version_id", type=UUID, required=True)
        parser.add_argument("--reference", type=UUID, required=True, help="dataset version")
        parser.add_argument("--current", type=UUID, required=True, help="dataset version")
        parser.add_argument("--as", dest="email", required=True, help="who asks for it")
        parser.add_argument("--wait", action="store_true", help="until the run is over")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            run = runs.request_run(
                actor=actor_of(person_of(options["email"])),
                version_id=options["version_id"],
                reference_id=options["reference"],
                current_id=options["current"],
            )
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{run.public_id} {run.pk}")
        if options["wait"]:
            self._watch(run)

    def _watch(self, run: AuditRun) -> None:
        told: set[int] = set()
        while run.is_open:
            time.sleep(_LOOK_SECONDS)
            run.refresh_from_db()
            self._tell(run, told)
        self._tell(run, told)
        self._end(run)

    def _tell(self, run: AuditRun, told: set[int]) -> None:
        for check in run.checks.filter(state=CheckState.DONE).exclude(position__in=told):
            told.add(check.position)
            said = check.outcome["summary"]
            self.stdout.write(f"{check.public_id}  {check.verdict:<21}  {check.title}: {said}")

    def _end(self, run: AuditRun) -> NoReturn:
        if run.state != RunState.COMPLETED:
            raise CommandError(f"{run.get_state_display()}: {run.reason}")
        self.stdout.write(f"{run.public_id} {run.verdict}, results {run.results_digest}")
        sys.exit(0 if run.verdict == Verdict.PASS else _NOT_ALL)
