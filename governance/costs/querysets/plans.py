"""Reading budgets, forecasts and anomalies."""

from typing import TYPE_CHECKING

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        Budget,
        CostAnomaly,
        ForecastRun,
    )


class BudgetQuerySet(ScopedQuerySet["Budget"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"


class ForecastRunQuerySet(ScopedQuerySet["ForecastRun"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"


class CostAnomalyQuerySet(ScopedQuerySet["CostAnomaly"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"
