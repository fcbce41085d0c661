"""Reading what money is charged to."""

from typing import TYPE_CHECKING

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from governance.costs.models import Target, UsageMetric  # noqa: F401 - in quotes below


class TargetQuerySet(ScopedQuerySet["Target"]):
    view = Permission.COST_VIEW


class UsageMetricQuerySet(ScopedQuerySet["UsageMetric"]):
    view = Permission.COST_VIEW
    team_path = "version__model__team_id"

    def speaking(self) -> "UsageMetricQuerySet":
        """Return the rows that no later one restates."""
        return self.filter(restated_at=None)
