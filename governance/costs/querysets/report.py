"""What a cost report says, read in one place: a month's published money, of a team or of all.

Read through ``apps`` as every queryset must: the models import their querysets.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import F, Q

from governance.costs.kinds import TargetKind
from governance.costs.querysets.failed import Failed
from governance.costs.querysets.report_bills import (
    Delivery,
    Line,
    deliveries,
    other_currencies,
    resources,
    rules_of,
)
from governance.costs.querysets.report_plans import Plans, plans_of
from governance.costs.querysets.report_worth import report_failures, report_worths
from governance.costs.querysets.worth import ModelWorth
from governance.costs.rules.conversion import months_before, next_month
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from governance.costs.models import AllocationRun, Rule

MOST = 40  # rows of a table on paper; the rest are summed in one


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """``lines`` by grouping (``team``, ``model``, ``phase``, ``service``); money in units.

    Of the whole organisation also by ``resource``: who sees one team learns nothing of what others
    share. ``elsewhere`` is the month's money in other currencies, in none of the other figures.
    """

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
    plans: Plans
    elsewhere: Sequence[Line]
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
    own = _of(team_id, "target__team_id")
    mine = Q(currency=currency) & own
    days, before = run.days.filter(mine), _before(run, mine)
    reached = ~Q(target__kind=TargetKind.UNALLOCATED)
    allocated, then = days.filter(reached), before.filter(reached)
    span = (run.month, next_month(run.month))
    lines = {name: _lines(allocated, then, *paths) for name, paths in _GROUPS.items()}
    if team_id is None:
        lines["resource"] = resources(run, currency, MOST)
    return ReportFacts(
        month=run.month,
        currency=currency,
        team=_team_name(team_id),
        run=run,
        total=_total(days, before),
        lines=lines,
        unallocated=_lines(days.filter(~reached), before.filter(~reached), "reason", "reason"),
        by_rule_phase=_lines(allocated, then, "rule_phase", "rule_phase"),
        days=list(days.values_list("day").annotate(spent=ExactSum("effective")).order_by("day")),
        deliveries=() if team_id else deliveries(run, currency),
        rules=rules_of(run, team_id),
        plans=plans_of(run.month, currency, team_id, MOST),
        elsewhere=other_currencies(run.months.filter(own), currency),
        worth=report_worths(allocated, currency, team_id, *span, MOST),
        failed=report_failures(currency, team_id, *span, MOST),
    )


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001


def _team_name(team_id: UUID | None) -> str:
    if team_id is None:
        return ""
    teams: Any = apps.get_model("access", "Team")._default_manager  # noqa: SLF001
    return str(teams.values_list("name", flat=True).get(pk=team_id))


def _before(run: "AllocationRun", mine: Q) -> Any:
    return _rows("ChargeDay").published().filter(mine, run__month=months_before(run.month, 1))


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


def _of(team_id: UUID | None, path: str) -> Q:
    return Q(**{path: team_id}) if team_id else Q()
