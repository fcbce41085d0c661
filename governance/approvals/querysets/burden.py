"""What approvals cost: validators' hours, checks, waiting. Composed of cases, runs and money."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from audits.runs.kinds import FINISHED
from audits.runs.models import AuditRun
from governance.access.kinds import Permission
from governance.approvals.rules import burden as rules
from governance.approvals.rules.burden import Rate, Span, Spent
from governance.costs.kinds import Phase
from governance.costs.models import BenefitClaim, ComputeRate, CostLine, Target
from governance.costs.querysets.bearing import claimed, claims_at
from governance.costs.rules.entries import CATEGORY, ENTRY_KINDS
from governance.costs.rules.value import daily
from governance.kernel.actor import Actor

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase

MOST = 500  # cases of one reading, the latest; a page says when there are more
_LABOUR = {"slice__service": ENTRY_KINDS["labour"], "slice__service_category": CATEGORY}
_MIDNIGHT = time(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseCost:
    """One case. ``delay`` is an upper bound: empty without a benefit that finance attested."""

    case: "ApprovalCase"
    spent: Spent
    waited: timedelta
    delay: Mapping[str, int]

    @property
    def days(self) -> float:
        return self.waited / timedelta(days=1)

    @property
    def check_hours(self) -> float:
        return self.spent.seconds / rules.HOUR


@dataclass(frozen=True, slots=True)
class Rows:
    """What a reading may read."""

    cases: Any
    targets: Any
    claims: Any


def visible(actor: Actor) -> Rows:
    """Return the cases and the money that ``actor`` may see both of."""
    cases = _rows("ApprovalCase")
    return Rows(
        cases=cases.reached_by(actor, Permission.COST_VIEW).visible_to(actor),
        targets=Target.objects.visible_to(actor),
        claims=BenefitClaim.objects.visible_to(actor),
    )


def of_team(team_id: UUID | None) -> Rows:
    """Return everything, or everything of a team: for a report, whose door has asked."""
    cases, targets, claims = _rows("ApprovalCase"), Target.objects.all(), BenefitClaim.objects.all()
    if team_id is None:
        return Rows(cases, targets, claims)
    return Rows(
        cases.filter(version__model__team_id=team_id),
        targets.filter(team_id=team_id),
        claims.filter(team_id=team_id),
    )


def case_costs(
    rows: Rows, start: datetime, end: datetime, now: datetime, team: str = ""
) -> list[CaseCost]:
    """Return the cases that were open between ``start`` and ``end``, the latest first.

    A case that was never submitted and is taken back is none. A constant number of queries.
    """
    open_then = Q(decided_at=None) | Q(decided_at__gte=start)
    found = rows.cases.filter(open_then, opened_at__lt=end)
    found = found.filter(version__model__team__slug=team) if team else found
    cases = list(found.select_related("version__model__team").order_by("-opened_at", "-id")[:MOST])
    spent = _spent(rows, cases)
    benefits = _benefits(rows.claims, {case.version_id: case.version.model_id for case in cases})
    listed = []
    for case in cases:
        wait = rules.waited(case.submitted_at, case.decided_at, now)
        kept = rules.delay(wait, benefits.get(case.version_id, {}))
        listed.append(CaseCost(case, spent[case.pk], wait, kept))
    return listed


def _rows(name: str) -> Any:
    return apps.get_model("approvals", name)._default_manager.all()  # noqa: SLF001


def _spent(rows: Rows, cases: Collection["ApprovalCase"]) -> dict[UUID, Spent]:
    spans = _spans({case.version_id for case in cases})
    found: dict[UUID, Spent] = defaultdict(Spent)
    for version, at, hours, currency, units in _hours(rows.targets, spans):
        key = rules.case_at(spans[version], at)
        if key is not None:
            found[key] = _with_hours(found[key], hours, currency, units)
    rates = _rates()
    for version, started, finished in _runs(spans):
        key = rules.case_at(spans[version], finished)
        if key is not None:
            seconds = (finished - started).total_seconds()
            found[key] = _with_run(found[key], seconds, rules.price(seconds, finished, rates))
    return found


def _with_hours(spent: Spent, hours: int, currency: str, units: int) -> Spent:
    labour = {**spent.labour, currency: spent.labour.get(currency, 0) + units}
    return replace(spent, hours=spent.hours + hours, labour=labour)


def _with_run(spent: Spent, seconds: float, price: tuple[str, int] | None) -> Spent:
    spent = replace(spent, runs=spent.runs + 1, seconds=spent.seconds + seconds)
    if price is None:
        return spent
    currency, units = price
    compute = {**spent.compute, currency: spent.compute.get(currency, 0) + units}
    return replace(spent, priced=spent.priced + seconds, compute=compute)


def _spans(versions: Collection[UUID]) -> dict[UUID, list[Span[UUID]]]:
    """Return all cases of the versions, so that nothing counts for two of them."""
    columns = ("version_id", "pk", "opened_at", "decided_at")
    found: dict[UUID, list[Span[UUID]]] = defaultdict(list)
    for version, *span in _rows("ApprovalCase").filter(version__in=versions).values_list(*columns):
        found[version].append(Span(*span))
    return found


def _hours(targets: Any, versions: Collection[UUID]) -> list[tuple[UUID, datetime, int, str, int]]:
    """Return labour that was entered for validating the versions, as it stands on the bills."""
    mine = targets.filter(version__in=list(versions), phase=Phase.VALIDATE)
    keys = dict(mine.values_list("key", "version_id"))
    lines = CostLine.objects.filter(
        slice__target_key__in=keys,
        part__accepted_at__isnull=False,
        part__superseded_at=None,
        **_LABOUR,
    )
    columns = ("slice__target_key", "charge_start", "quantity", "slice__currency", "effective")
    return [
        (keys[key], at, quantity or 0, currency, units)
        for key, at, quantity, currency, units in lines.values_list(*columns)
    ]


def _runs(versions: Collection[UUID]) -> list[tuple[UUID, datetime, datetime]]:
    rows = AuditRun.objects.filter(
        version__in=list(versions), state__in=FINISHED, started_at__isnull=False
    )
    ended = rows.exclude(finished_at=None)
    columns = ended.values_list("version_id", "started_at", "finished_at")
    return [(version, start, end) for version, start, end in columns if start and end]


def _rates() -> list[Rate]:
    found = ComputeRate.objects.latest_first().values_list("start", "currency", "amount")
    return [Rate(datetime.combine(start, _MIDNIGHT), code, units) for start, code, units in found]


def _benefits(claims: Any, versions: Mapping[UUID, UUID]) -> dict[UUID, dict[str, int]]:
    """Return the attested benefit of a day at its high end, by version and currency.

    ``versions``: the model of each. What another version brings does not wait for this one.
    """
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for (model, currency), at in claims_at(claims.attested(), {*versions.values()}).items():
        for version in (key for key, its in versions.items() if its == model):
            mine = [claimed(row) for row in at.own if row.version_id in {None, version}]
            if mine:
                found[version][currency] = daily(mine).high
    return found


def summed(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return amounts added up by currency."""
    found: dict[str, int] = defaultdict(int)
    for part in parts:
        for code, units in part.items():
            found[code] += units
    return dict(sorted(found.items()))
