"""What a cost report says, read in one place: a month's published money, of a team or of all.

Read through ``apps`` as every queryset must: the models import their querysets.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Count, F, Max, Q, Sum

from governance.costs.kinds import BudgetState, ClaimState, HintState, TargetKind
from governance.costs.querysets.burning import burning
from governance.costs.querysets.failed import Failed
from governance.costs.querysets.report_worth import report_failures, report_worths
from governance.costs.querysets.worth import ModelWorth
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from governance.costs.models import (
        AllocationRun,
        BenefitClaim,
        Budget,
        CostHint,
        ForecastRun,
        Rule,
    )

MOST = 40  # rows of a table on paper; the rest are summed in one


@dataclass(frozen=True, slots=True)
class Line:
    """Money of one group, in units; ``before``: effective cost of the month before."""

    key: str
    name: str
    billed: int
    effective: int
    before: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch that the run rests on, with what it says of the month and what was refused."""

    number: str
    source: str
    file_name: str
    digest: str
    rows: int
    rejected: int
    rejected_billed: int
    billed: int
    effective: int


@dataclass(frozen=True, slots=True)
class Burn:
    """A budget in force, what is published of its days, and the latest forecast."""

    budget: "Budget"
    spent: int
    forecast: "ForecastRun | None"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """``lines`` by grouping (``team``, ``model``, ``phase``, ``service``); money in units."""

    month: dt.date
    currency: str
    team: str
    run: "AllocationRun"
    total: Line
    lines: Mapping[str, Sequence[Line]]
    unallocated: Sequence[Line]
    by_rule_phase: Sequence[Line]
    days: Sequence[tuple[dt.date, int]]
    deliveries: Sequence[Delivery]
    rules: Sequence["Rule"]
    budgets: Sequence[Burn]
    forecasts: Sequence["ForecastRun"]
    claims: Sequence["BenefitClaim"]
    hints: Sequence["CostHint"]
    failed: Sequence[Failed] = field(default=())
    worth: Sequence[ModelWorth] = field(default=())


_GROUPS = {
    "team": ("target__team__slug", "target__team__name"),
    "model": ("target__model__number", "target__model__name"),
    "phase": ("target__phase", "target__phase"),
    "service": ("service", "service"),
}


def report_facts(run: "AllocationRun", currency: str, team_id: UUID | None) -> ReportFacts:
    """Return the facts of ``run``'s month in one currency; of the team's targets when one is named.

    Reconciliation (deliveries) concerns the bill as a whole and is left out for a team.
    """
    mine = Q(currency=currency) & (Q(target__team_id=team_id) if team_id else Q())
    days, before = run.days.filter(mine), _before(run, mine)
    reached = ~Q(target__kind=TargetKind.UNALLOCATED)
    allocated, then = days.filter(reached), before.filter(reached)
    span = (run.month, next_month(run.month))
    return ReportFacts(
        month=run.month,
        currency=currency,
        team=_team_name(team_id),
        run=run,
        total=_total(days, before),
        lines={name: _lines(allocated, then, *paths) for name, paths in _GROUPS.items()},
        unallocated=_lines(days.filter(~reached), before.filter(~reached), "reason", "reason"),
        by_rule_phase=_lines(allocated, then, "rule_phase", "rule_phase"),
        days=list(days.values_list("day").annotate(spent=ExactSum("effective")).order_by("day")),
        deliveries=() if team_id else _deliveries(run, currency),
        rules=list(run.ruleset.rules.order_by("priority")),
        budgets=_burns(run, currency, team_id),
        forecasts=_forecasts(currency, team_id),
        claims=_claims(run.month, currency, team_id),
        hints=_hints(currency, team_id),
        worth=report_worths(allocated, currency, team_id, *span, MOST),
        failed=report_failures(currency, team_id, *span, MOST),
    )


def next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001


def _team_name(team_id: UUID | None) -> str:
    if team_id is None:
        return ""
    teams: Any = apps.get_model("access", "Team")._default_manager  # noqa: SLF001
    return str(teams.values_list("name", flat=True).get(pk=team_id))


def _before(run: "AllocationRun", mine: Q) -> Any:
    last = (run.month - dt.timedelta(days=1)).replace(day=1)
    return _rows("ChargeDay").published().filter(mine, run__month=last)


def _total(days: Any, before: Any) -> Line:
    sums = days.aggregate(billed=ExactSum("billed"), effective=ExactSum("effective"))
    spent = before.aggregate(spent=ExactSum("effective"))["spent"]
    return Line("total", "Total", sums["billed"] or 0, sums["effective"] or 0, spent or 0)


def _lines(days: Any, before: Any, key: str, name: str) -> list[Line]:
    """Return one line a group, the dearest first; beyond ``MOST`` one line holds the rest.

    A group that only the month before knows is a line too: its money fell to nothing.
    """
    now, then = _sums(days, key, name), _sums(before, key, name)
    lines = [
        Line(group, label, *now.get((group, label), (0, 0)), then.get((group, label), (0, 0))[1])
        for group, label in {**now, **then}
    ]
    lines.sort(key=lambda line: (-line.effective, line.key))
    return [*lines[:MOST], _rest(lines[MOST:])] if len(lines) > MOST else lines


def _sums(days: Any, key: str, name: str) -> dict[tuple[str, str], tuple[int, int]]:
    groups = days.values(group=F(key), label=F(name)).values_list("group", "label")
    rows = groups.annotate(ExactSum("billed"), ExactSum("effective"))
    return {(str(k or ""), str(n or "")): (billed, used) for k, n, billed, used in rows}


def _rest(lines: Sequence[Line]) -> Line:
    return Line(
        "…",
        f"{len(lines)} others",
        sum(line.billed for line in lines),
        sum(line.effective for line in lines),
        sum(line.before for line in lines),
    )


def _deliveries(run: "AllocationRun", currency: str) -> list[Delivery]:
    parts = _rows("BatchPart").filter(
        pk__in=run.charges.values("part_id"), totals__currency=currency
    )
    found = parts.values_list("batch_id").annotate(
        rows=Sum("totals__rows"),
        billed=ExactSum("totals__billed"),
        effective=ExactSum("totals__effective"),
        last=Max("id"),
    )
    sums = {key: (rows, billed, effective) for key, rows, billed, effective, _ in found}
    batches = _rows("ImportBatch").filter(pk__in=sums).select_related("source").order_by("number")
    rejected = _rows("RejectedRow").filter(batch_id__in=sums).values_list("batch_id")
    refused = {
        key: (count, billed)
        for key, count, billed in rejected.annotate(Count("id"), ExactSum("billed"))
    }
    return [_delivery(batch, sums[batch.pk], refused.get(batch.pk, (0, 0))) for batch in batches]


def _delivery(batch: Any, sums: tuple[int, int, int], refused: tuple[int, int | None]) -> Delivery:
    return Delivery(
        batch.public_id,
        batch.source.name,
        batch.file_name,
        batch.digest,
        sums[0],
        refused[0],
        refused[1] or 0,
        sums[1],
        sums[2],
    )


def _of(team_id: UUID | None, path: str) -> Q:
    return Q(**{path: team_id}) if team_id else Q()


def _burns(run: "AllocationRun", currency: str, team_id: UUID | None) -> list[Burn]:
    end = next_month(run.month)
    rows = _rows("Budget").filter(
        _of(team_id, "target__team_id"),
        state=BudgetState.APPROVED,
        currency=currency,
        start__lt=end,
        end__gt=run.month,
    )
    budgets = list(rows.select_related("target").order_by("target__key"))
    stand = burning(budgets)
    return [
        Burn(budget, stand[budget.pk].found.spent, stand[budget.pk].forecast) for budget in budgets
    ]


def _forecasts(currency: str, team_id: UUID | None) -> list["ForecastRun"]:
    """Return the latest forecast of each target."""
    rows: Iterable[ForecastRun] = (
        _rows("ForecastRun")
        .filter(_of(team_id, "target__team_id"), currency=currency)
        .exclude(target__kind=TargetKind.UNALLOCATED)
        .select_related("target")
        .order_by("cutoff", "frozen_at")
    )
    latest = {row.target_id: row for row in rows}
    return sorted(latest.values(), key=lambda row: row.target.key)[:MOST]


def _claims(month: dt.date, currency: str, team_id: UUID | None) -> list["BenefitClaim"]:
    rows = _rows("BenefitClaim").filter(
        _of(team_id, "model__team_id"),
        currency=currency,
        start__lt=next_month(month),
        end__gt=month,
        state__in=[ClaimState.ATTESTED, ClaimState.UNATTESTED],
    )
    return list(rows.select_related("model", "experiment").order_by("grade", "number")[:MOST])


def _hints(currency: str, team_id: UUID | None) -> list["CostHint"]:
    rows = _rows("CostHint").filter(_of(team_id, "target__team_id"), state=HintState.OPEN)
    return list(
        rows.filter(Q(currency="") | Q(currency=currency)).order_by("kind", "subject")[:MOST]
    )
