"""What a run rests on beside bills, rules and drivers, and whether all of it is still today's."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps

from governance.costs.kinds import CostRunState, Method, Unallocated
from governance.costs.rules.months import days_of
from governance.kernel.amounts import ExactSum
from governance.kernel.canonical import Json, digest
from governance.kernel.money import to_text

if TYPE_CHECKING:
    from governance.costs.models import AllocationRun

Carried = tuple[tuple[str, str, str, int], ...]
_MEASURED = (Method.USAGE, Method.PROPORTIONAL_COST)  # cost so far may fall back to usage too


def stated_targets() -> dict[str, Json]:
    """Return what people said of targets that changes where money goes, by key."""
    rows = _rows("Target").values_list("key", "aliases", "retired_on", "successor__key")
    return {
        key: {
            "aliases": list(aliases),
            "retired_on": str(retired_on or ""),
            "successor": successor or "",
        }
        for key, aliases, retired_on, successor in rows.order_by("key")
        if aliases or retired_on or successor
    }


def carried_in(month: dt.date) -> Carried:
    """Return what targets carried in a month's published run, for corrections of it."""
    rows = (
        _rows("ChargeDay")
        .published()
        .filter(run__month=month)
        .values_list("rule_phase", "currency", "target__key")
        .annotate(total=ExactSum("effective"))
        .order_by("rule_phase", "currency", "target__key")
    )
    return tuple((phase, currency, key, total) for phase, currency, key, total in rows)


def carried_said(month: dt.date, carried: Carried) -> dict[str, Json]:
    """Return how a run's inputs name what was carried: by its run, and exactly."""
    runs = _rows("AllocationRun").filter(month=month, state=CostRunState.PUBLISHED)
    run = runs.first()
    sums = [[phase, currency, key, to_text(total)] for phase, currency, key, total in carried]
    return {"run": run.public_id if run else "", "digest": digest(sums)}


def outdated(run: "AllocationRun") -> list[str]:
    """Return what was recorded after the run was asked for and would change its result."""
    return [*_bills(run), *_rules(run), *_usage(run), *_targets(run), *_carried(run)]


def _bills(run: "AllocationRun") -> Iterator[str]:
    parts = _rows("BatchPart").current().filter(period__start__in=days_of(run.month))
    taken = {bill["part"] for bill in run.inputs.get("bills", ())}
    if set(parts.values_list("pk", flat=True)) != taken:
        yield "a bill was accepted or replaced since"


def _rules(run: "AllocationRun") -> Iterator[str]:
    for month, named in _used(run):
        current = _rows("RuleSet").in_force(month)
        if current is not None and str(current.pk) != named:
            yield f"{current.public_id} is in force for {_called(run, month)} now"


def _usage(run: "AllocationRun") -> Iterator[str]:
    for month, named in _used(run):
        measured = _rows("Rule").filter(ruleset=named, method__in=_MEASURED)
        usage = _rows("UsageMetric").filter(
            recorded_at__gt=run.requested_at, day__in=days_of(month)
        )
        if usage.exists() and measured.exists():
            yield f"usage of {_called(run, month)} was recorded since"


def _targets(run: "AllocationRun") -> Iterator[str]:
    if run.inputs.get("stated", now := stated_targets()) != now:
        yield "a target was retired, or is called otherwise, since"
    added = _rows("Target").filter(created_at__gt=run.requested_at)
    unknown = run.charges.filter(reason=Unallocated.TARGET_UNKNOWN)
    if added.exists() and unknown.exists():
        yield "targets were added since, and this run holds money for targets that it did not know"


def _carried(run: "AllocationRun") -> Iterator[str]:
    for text, said in run.inputs.get("carried", {}).items():
        month = dt.date.fromisoformat(text)
        if carried_said(month, carried_in(month))["digest"] != said["digest"]:
            yield f"{month:%Y-%m}, which it corrects, was published anew since"


def _used(run: "AllocationRun") -> list[tuple[dt.date, str]]:
    """Return the months that a run shared by, its own and those corrected, with their rules."""
    named = run.inputs.get("rules", {})
    used = {dt.date.fromisoformat(month): each["ruleset"] for month, each in named.items()}
    return sorted({run.month: str(run.ruleset_id), **used}.items())


def _called(run: "AllocationRun", month: dt.date) -> str:
    return "this month" if month == run.month else f"{month:%Y-%m}, which it corrects,"


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
