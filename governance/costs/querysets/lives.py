"""Reading planned lives."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from governance.costs.models import PlannedLife  # noqa: F401 - in quotes below


class PlannedLifeQuerySet(ScopedQuerySet["PlannedLife"]):
    view = Permission.COST_VIEW
    team_path = "version__model__team_id"

    def narrowed(self, facets: Mapping[str, Any]) -> "PlannedLifeQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {"version": "version_id", "model": "version__model_id"}
        return self.filter(**{p: facets[name] for name, p in paths.items() if facets.get(name)})

    def stated(self, models: Collection[UUID]) -> dict[UUID, list[tuple[date, int]]]:
        """Return what was said of each version of ``models``, the earliest first: day and days."""
        rows = self.filter(version__model_id__in=models).order_by("stated_at", "id")
        found: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
        for version, at, days in rows.values_list("version_id", "stated_at", "days"):
            found[version].append((timezone.localdate(at), days))
        return found
