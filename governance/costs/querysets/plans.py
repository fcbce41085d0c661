"""Reading budgets, forecasts and anomalies."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.kinds import BudgetState
from governance.costs.querysets.facets import OF_TARGET, fitting, in_period, in_period_to

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        Budget,
        CostAnomaly,
        ForecastRun,
    )

M = TypeVar("M", bound=models.Model)
_PATHS = {
    **OF_TARGET,
    "target": "target_id",
    "kind": "target__kind",
    "currency": "currency",
    "basis": "basis",
    "state": "state",
    "day_from": "day__gte",
    "day_to": "day__lte",
}


class PlanQuerySet(ScopedQuerySet[M]):
    """What is planned for a target or found about it is seen by who sees the target's cost."""

    view = Permission.COST_VIEW
    team_path = "target__team_id"
    days = ("start", "end")  # columns
    touching = staticmethod(in_period)

    def narrowed(self, facets: Mapping[str, Any]) -> Self:
        """Return the rows that fit the facets given; the empty ones are ignored."""
        found = self.touching(fitting(self, facets, _PATHS), facets, *self.days)
        if text := facets.get("q"):
            named = Q(target__key__icontains=text) | Q(target__name__icontains=text)
            found = found.filter(named)
        return found


class BudgetQuerySet(PlanQuerySet["Budget"]):
    def in_force(self, day: date) -> "BudgetQuerySet":
        """Return the approved budgets that speak of ``day``."""
        return self.filter(state=BudgetState.APPROVED, start__lte=day, end__gt=day)


class ForecastRunQuerySet(PlanQuerySet["ForecastRun"]):
    days = ("cutoff", "cutoff")
    touching = staticmethod(in_period_to)

    def narrowed(self, facets: Mapping[str, Any]) -> Self:
        found = super().narrowed(facets)
        if scored := facets.get("scored"):
            found = found.filter(scored_at__isnull=scored == "no")
        return found


class CostAnomalyQuerySet(PlanQuerySet["CostAnomaly"]):
    days = ("day", "day")
    touching = staticmethod(in_period_to)
