"""How each version was used, paid for and approved."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Min

from governance.approvals.kinds import APPROVED_STATES
from governance.approvals.models import ApprovalCase
from governance.costs.kinds import CostRunState, Phase, TargetKind, UsageUnit
from governance.costs.models import AllocatedCharge, Budget, ChargeDay, Target, UsageMetric
from governance.costs.rules.hints import Calls, Unapproved, VersionFacts
from governance.costs.rules.sizing import Machine
from governance.flows.watching.spans import Span, by_currency, charges
from governance.kernel.amounts import ExactSum
from governance.policies.kinds import APPROVE_USE
from inventory.catalog.models import Deployment, ModelVersion

LOOKED_BACK = dt.timedelta(days=366)  # for calls on days without an approval
_RESERVED = {"GPU": UsageUnit.GPU_SECONDS_RESERVED, "CPU": UsageUnit.CPU_SECONDS_RESERVED}
_USED = {"GPU": UsageUnit.GPU_SECONDS, "CPU": UsageUnit.CPU_SECONDS}
_CALLS = (UsageUnit.PREDICTIONS, UsageUnit.TOKENS)
Days = dict[UUID, dict[dt.date, Calls]]


def facts(span: Span) -> list[VersionFacts]:
    """Return the facts of every version that runs, was called, or was paid for in serving."""
    serving = charges(span).filter(target__phase=Phase.SERVE, target__version__isnull=False)
    spend = by_currency(serving, "target__version_id")
    paid = dict(serving.values_list("target__version_id").annotate(n=Count("day", distinct=True)))
    running = _running(span)
    called = _called(span)
    recent = {key: _within(days, span) for key, days in called.items()}
    found = {*spend, *running, *called}
    tiers, approved = _approvals(found)
    outside = _outside(called, approved)
    floors = _floors(span, spend.keys() - running)
    budgets = list(Budget.objects.in_force(span.today).select_related("target"))
    reported = UsageMetric.objects.filter(version__in=found, unit__in=_CALLS)
    counted = set(reported.values_list("version", flat=True))
    return [
        VersionFacts(
            key=key_of(version),
            name=str(version),
            target_key=f"{key_of(version)}/{Phase.SERVE}",
            today=span.today,
            deployed_on=running.get(version.pk),
            calls=recent.get(version.pk, Calls()),
            counted=version.pk in counted,
            spend=spend.get(version.pk, {}),
            spend_days=paid.get(version.pk, 0),
            floor=floors.get(version.pk, 0),
            tier=tiers.get(version.pk),
            unapproved=outside.get(version.pk),
            billed=span.billed,
            budgeted=any(_covers(one.target, version) for one in budgets) if budgets else None,
        )
        for version in _living(found)
    ]


def machines(span: Span, known: Collection[VersionFacts]) -> list[Machine]:
    """Return what the versions' machines reserved and used in the span."""
    rows = UsageMetric.objects.speaking().filter(day__gte=span.start, day__lt=span.end)
    units = rows.filter(unit__in=[*_RESERVED.values(), *_USED.values()]).order_by()
    by_unit: dict[str, dict[str, int]] = defaultdict(dict)
    columns = ("version__model__number", "version__number", "unit")
    for model, number, unit, quantity in units.values_list(*columns).annotate(
        quantity=ExactSum("quantity")
    ):
        by_unit[f"MDL-{model:05d}/v{number}"][unit] = quantity
    return [
        Machine(
            key=one.key,
            name=one.name,
            target_key=one.target_key,
            calls=one.calls.predictions,
            spend=one.spend,
            reserved=_of(_RESERVED, by_unit[one.key]),
            used=_of(_USED, by_unit[one.key]),
        )
        for one in known
        if one.key in by_unit
    ]


def key_of(version: ModelVersion) -> str:
    return f"{version.model.public_id}/v{version.number}"


def _of(units: Mapping[str, UsageUnit], found: Mapping[str, int]) -> dict[str, int]:
    return {name: found[unit] for name, unit in units.items() if unit in found}


def _living(keys: Iterable[UUID]) -> Iterable[ModelVersion]:
    rows = ModelVersion.objects.select_related("model").filter(pk__in=list(keys))
    return rows.filter(model__retired_at=None).order_by("model__number", "number")


def _running(span: Span) -> dict[UUID, dt.date]:
    rows = Deployment.objects.current().filter(valid_from__date__lte=span.today).order_by()
    found = rows.values_list("version").annotate(since=Min("valid_from"))
    return {key: since.date() for key, since in found}


def _called(span: Span) -> Days:
    """Return the calls of each version by day, as far back as approvals are held against them."""
    rows = UsageMetric.objects.speaking().filter(
        unit__in=_CALLS, day__gt=span.today - LOOKED_BACK, day__lte=span.today
    )
    found: Days = defaultdict(dict)
    columns = ("version", "day", "unit")
    summed = rows.order_by().values_list(*columns).annotate(units=ExactSum("quantity"))
    for version, day, unit, units in summed:
        if units:
            found[version][day] = found[version].get(day, Calls()) + Calls(**{unit: units})
    return found


def _covers(target: Target, version: ModelVersion) -> bool:
    """Whether ``target`` is the version, or a model, use case or team that it belongs to."""
    model = version.model
    own = {
        TargetKind.VERSION: (target.version_id, version.pk),
        TargetKind.MODEL: (target.model_id, model.pk),
        TargetKind.PROJECT: (target.use_case_id, model.use_case_id),
        TargetKind.TEAM: (target.team_id, model.team_id),
    }
    named, wanted = own.get(TargetKind(target.kind), (None, None))
    return named is not None and named == wanted


def _within(days: Mapping[dt.date, Calls], span: Span) -> Calls:
    return sum((calls for day, calls in days.items() if span.start <= day < span.end), Calls())


def _floors(span: Span, versions: Collection[UUID]) -> dict[UUID, int]:
    """Return the highest floor of the sources whose bills pay for each of ``versions``."""
    rows = AllocatedCharge.objects.filter(
        run__state=CostRunState.PUBLISHED,
        run__month__in={span.start.replace(day=1), span.end.replace(day=1)},
        target__phase=Phase.SERVE,
        target__version__in=versions,
    )
    found: dict[UUID, int] = {}
    columns = ("target__version", "slice__source__floor")
    for version, floor in rows.order_by().values_list(*columns).distinct():
        found[version] = max(floor, found.get(version, 0))
    return found


def _approvals(
    keys: Iterable[UUID],
) -> tuple[dict[UUID, int], dict[UUID, list[tuple[dt.date, dt.date]]]]:
    """Return the tier of each version's newest case, and the days on which it was approved."""
    cases = ApprovalCase.objects.filter(version__in=list(keys), action=APPROVE_USE)
    tiers = dict(cases.order_by("opened_at").values_list("version", "tier"))
    approved: dict[UUID, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    decided = cases.filter(state__in=APPROVED_STATES)
    for version, at, until in decided.values_list("version", "decided_at", "valid_until"):
        if at and until:
            approved[version].append((at.date(), until))
    return tiers, approved


def _outside(
    called: Days, approved: Mapping[UUID, list[tuple[dt.date, dt.date]]]
) -> dict[UUID, Unapproved]:
    """Return the calls on days that no approval covers, with what serving cost on those days."""
    days: dict[UUID, list[dt.date]] = {}
    for version, calls in called.items():
        spans = approved.get(version, [])
        bare = [day for day in calls if not any(a <= day <= b for a, b in spans)]
        if bare:
            days[version] = sorted(bare)
    money = _daily(days)
    return {
        version: Unapproved(
            since=bare[0],
            days=len(bare),
            calls=sum((called[version][day] for day in bare), Calls()),
            money=_summed(money.get(version, []), bare),
        )
        for version, bare in days.items()
    }


def _daily(days: Mapping[UUID, list[dt.date]]) -> dict[UUID, list[Any]]:
    if not days:
        return {}
    rows = ChargeDay.objects.published().filter(
        target__version__in=list(days),
        target__phase=Phase.SERVE,
        day__gte=min(bare[0] for bare in days.values()),
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    columns = ("target__version", "day", "currency")
    for version, *line in rows.order_by().values_list(*columns).annotate(u=ExactSum("effective")):
        found[version].append(line)
    return found


def _summed(lines: Iterable[Any], bare: Collection[dt.date]) -> dict[str, int]:
    wanted = set(bare)
    money: dict[str, int] = defaultdict(int)
    for day, currency, units in lines:
        if day in wanted:
            money[currency] += units
    return dict(money)
