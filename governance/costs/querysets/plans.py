"""Reading budgets, forecasts and anomalies."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        Budget,
        CostAnomaly,
        ForecastRun,
    )

M = TypeVar("M", bound=models.Model)
_PATHS = {
    "target": "target_id",
    "model": "target__model_id",
    "team": "target__team__slug",
    "kind": "target__kind",
    "phase": "target__phase",
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

    def narrowed(self, facets: Mapping[str, Any]) -> Self:
        """Return the rows that fit the facets given; the empty ones are ignored."""
        found = self.filter(**{p: facets[name] for name, p in _PATHS.items() if facets.get(name)})
        if text := facets.get("q"):
            named = Q(target__key__icontains=text) | Q(target__name__icontains=text)
            found = found.filter(named)
        return found


class BudgetQuerySet(PlanQuerySet["Budget"]):
    pass


class ForecastRunQuerySet(PlanQuerySet["ForecastRun"]):
    def narrowed(self, facets: Mapping[str, Any]) -> Self:
        found = super().narrowed(facets)
        if scored := facets.get("scored"):
            found = found.filter(scored_at__isnull=scored == "no")
        return found


class CostAnomalyQuerySet(PlanQuerySet["CostAnomaly"]):
    pass
