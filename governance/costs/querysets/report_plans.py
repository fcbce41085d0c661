"""What a cost report says of plans: budgets, forecasts and how they held, benefits, open hints."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from governance.costs.kinds import BudgetState, HintState, TargetKind
from governance.costs.querysets.bearing import claimed
from governance.costs.querysets.burning import burning
from governance.costs.querysets.calibrating import calibration_of
from governance.costs.rules.conversion import next_month
from governance.costs.rules.scoring import Calibration
from governance.costs.rules.value import Range, in_period

if TYPE_CHECKING:
    from governance.costs.models import BenefitClaim, Budget, CostHint, ForecastRun


@dataclass(frozen=True, slots=True)
class Burn:
    """A budget in force, what is published of its days, and the latest forecast."""

    budget: "Budget"
    spent: int
    forecast: "ForecastRun | None"


@dataclass(frozen=True, slots=True)
class Benefited:
    """A claim, and its share of the benefit in the month's days."""

    claim: "BenefitClaim"
    part: Range


@dataclass(frozen=True, slots=True)
class Plans:
    """``left_out`` counts what a table on paper had no room for, by the field's name."""

    budgets: Sequence[Burn]
    forecasts: Sequence["ForecastRun"]
    calibration: Calibration
    claims: Sequence[Benefited]
    hints: Sequence["CostHint"]
    left_out: Mapping[str, int]


def plans_of(month: dt.date, currency: str, team_id: UUID | None, most: int) -> Plans:
    """Return the plans about ``month`` in one currency; of the team's targets when one is named."""
    forecasts, claims = _forecasts(currency, team_id), _claims(month, currency, team_id)
    hints = list(_hints(currency, team_id))
    whole: dict[str, Sequence[Any]] = {"forecasts": forecasts, "claims": claims, "hints": hints}
    return Plans(
        budgets=_burns(month, currency, team_id),
        forecasts=forecasts[:most],
        calibration=_calibration(team_id),
        claims=claims[:most],
        hints=hints[:most],
        left_out={name: max(len(rows) - most, 0) for name, rows in whole.items()},
    )


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001


def _of(team_id: UUID | None, path: str) -> Q:
    return Q(**{path: team_id}) if team_id else Q()


def _burns(month: dt.date, currency: str, team_id: UUID | None) -> list[Burn]:
    rows = _rows("Budget").filter(
        _of(team_id, "target__team_id"),
        state=BudgetState.APPROVED,
        currency=currency,
        start__lt=next_month(month),
        end__gt=month,
    )
    budgets = list(rows.select_related("target").order_by("target__key"))
    stand = burning(budgets)
    return [
        Burn(budget, stand[budget.pk].found.spent, stand[budget.pk].forecast) for budget in budgets
    ]


def _forecasts(currency: str, team_id: UUID | None) -> list["ForecastRun"]:
    """Return the latest forecast of each target in each basis."""
    rows: Iterable[ForecastRun] = (
        _rows("ForecastRun")
        .filter(_of(team_id, "target__team_id"), currency=currency)
        .exclude(target__kind=TargetKind.UNALLOCATED)
        .select_related("target")
        .order_by("cutoff", "frozen_at")
    )
    latest = {(row.target.key, row.basis): row for row in rows}
    return [latest[key] for key in sorted(latest)]


def _calibration(team_id: UUID | None) -> Calibration:
    return calibration_of(_rows("ForecastRun").filter(_of(team_id, "target__team_id")))


def _claims(month: dt.date, currency: str, team_id: UUID | None) -> list[Benefited]:
    end = next_month(month)
    rows = _rows("BenefitClaim").counted(month, end)
    mine = rows.filter(_of(team_id, "team_id"), currency=currency)
    found = mine.select_related("use_case", "model", "version__model", "experiment")
    return [
        Benefited(row, in_period(claimed(row), month, end))
        for row in found.order_by("grade", "number")
    ]


def _hints(currency: str, team_id: UUID | None) -> Any:
    rows = _rows("CostHint").filter(_of(team_id, "target__team_id"), state=HintState.OPEN)
    return rows.filter(Q(currency="") | Q(currency=currency)).order_by("kind", "subject")
