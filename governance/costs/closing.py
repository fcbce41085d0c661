"""Carrying out a closing whose final run is over: publish it, close on it, or say why not."""

from governance.costs import commands as costs
from governance.costs.commands.runs import WAITS
from governance.costs.kinds import CostRunState, PeriodState
from governance.costs.models import AllocationRun, BillingPeriod
from governance.kernel.actor import system_actor
from governance.kernel.errors import DomainError

_ACTOR = system_actor()


def finish_closings() -> None:
    """Finish every closing whose run is over; asked after each run, and by the sweep."""
    periods = BillingPeriod.objects.filter(state=PeriodState.CLOSING).exclude(run__state__in=WAITS)
    for period in periods.select_related("run").order_by("start", "issuer"):
        _finish(period)


def _finish(period: BillingPeriod) -> None:
    run = period.run
    if run.state == CostRunState.FAILED:
        _give_up(period, run, f"{run.public_id} failed: {run.failure}")
        return
    try:
        costs.publish_final_run(actor=_ACTOR, run_id=run.pk)
        costs.finish_closing(actor=_ACTOR, period_id=period.pk, run_id=run.pk)
    except DomainError as error:
        _give_up(period, run, error.message)


def _give_up(period: BillingPeriod, run: AllocationRun, why: str) -> None:
    costs.give_up_closing(actor=_ACTOR, period_id=period.pk, run_id=run.pk, why=why)
