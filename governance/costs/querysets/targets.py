"""Reading what money is charged to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.querysets.facets import fitting

if TYPE_CHECKING:
    from governance.costs.models import Target, UsageMetric  # noqa: F401 - in quotes below

_PATHS = {"kind": "kind", "phase": "phase", "team": "team__slug", "model": "model_id"}
_PATHS |= {"project": "use_case_id"}


class TargetQuerySet(ScopedQuerySet["Target"]):
    view = Permission.COST_VIEW

    def in_use(self) -> "TargetQuerySet":
        return self.filter(retired_on=None)

    def narrowed(self, facets: Mapping[str, Any]) -> "TargetQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        found = fitting(self, facets, _PATHS)
        if state := facets.get("state"):
            found = found.filter(retired_on__isnull=state == "in_use")
        if text := facets.get("q"):
            found = found.filter(Q(key__icontains=text) | Q(name__icontains=text))
        return found


class UsageMetricQuerySet(ScopedQuerySet["UsageMetric"]):
    view = Permission.COST_VIEW
    team_path = "version__model__team_id"

    def speaking(self) -> "UsageMetricQuerySet":
        """Return the rows that no later one restates."""
        return self.filter(restated_at=None)

    def narrowed(self, facets: Mapping[str, Any]) -> "UsageMetricQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {"version": "version_id", "model": "version__model_id", "unit": "unit"}
        paths |= {"team": "version__model__team__slug", "project": "version__model__use_case_id"}
        paths |= {"origin": "origin", "day_from": "day__gte", "day_to": "day__lte"}
        return fitting(self, facets, paths)
