"""Share out a month's bills: ``manage.py allocate_costs --period 2026-01 --as EMAIL``.

Exit status: 0 everything holds (and, asked to, it was published), 2 an invariant does not hold,
1 the run failed or could not be asked for.
"""

import datetime as dt
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.costs import allocating
from governance.costs import commands as costs
from governance.costs.kinds import CostRunState
from governance.costs.models import AllocationRun
from governance.costs.rules.invariants import publishable
from governance.kernel.errors import DomainError

_BROKEN = 2
_LOOK_SECONDS = 0.5
_WAITS = (CostRunState.QUEUED, CostRunState.RUNNING)


class Command(BaseCommand):
    help = "Shares out a month's bills under the rules in force; --publish lets the run speak."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, type=_month, metavar="YYYY-MM")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--publish", action="store_true", help="when every invariant holds")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        try:
            run = costs.request_run(actor=actor, month=options["period"])
            self.stdout.write(f"{run.public_id} {run.pk}")
            run = self._work(run)
            self._tell(run)
            if not publishable(run.invariants):
                sys.exit(_BROKEN)
            if options["publish"]:
                costs.publish_run(actor=actor, run_id=run.pk, seen=run.result_digest)
                self.stdout.write(f"{run.public_id} is published.")
        except DomainError as error:
            raise refusal(error) from error

    def _work(self, run: AllocationRun) -> AllocationRun:
        """Carry the run out here, or watch the worker that has it."""
        allocating.allocate(run.pk, tell=lambda words: self.stdout.write(f"  {words}"))
        run.refresh_from_db()
        while run.state in _WAITS:
            time.sleep(_LOOK_SECONDS)
            run.refresh_from_db()
        if run.state == CostRunState.FAILED:
            raise CommandError(f"{run.public_id} failed: {run.failure}")
        return run

    def _tell(self, run: AllocationRun) -> None:
        for check in run.invariants:
            word = {True: "holds", False: "FAILS", None: "open"}[check["holds"]]
            self.stdout.write(f"{word:<6} {check['title']}: {check['statement']}")
        for row in run.invariants[0]["rows"]:
            self.stdout.write(
                f"       {row['issuer']} {row['month']} {row['currency']} {row['basis']}: "
                f"{row['imported']} = {row['allocated']} allocated "
                f"+ {row['unallocated']} unallocated"
            )
        self.stdout.write(f"{run.public_id}: result {run.result_digest}")


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError("--period takes a month such as 2026-01.") from error
