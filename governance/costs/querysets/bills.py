"""Reading bills."""

from typing import TYPE_CHECKING

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.querysets.company import CompanyQuerySet

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - named in quotes below
        BatchPart,
        BillingPeriod,
        CostLine,
        CostSource,
        FxRate,
        ImportBatch,
    )


class CostSourceQuerySet(CompanyQuerySet["CostSource"]):
    pass


class ImportBatchQuerySet(CompanyQuerySet["ImportBatch"]):
    pass


class BatchPartQuerySet(CompanyQuerySet["BatchPart"]):
    def current(self) -> "BatchPartQuerySet":
        """Return the parts that speak today: accepted, and replaced by nothing."""
        return self.exclude(accepted_at=None).filter(superseded_by=None)


class CostLineQuerySet(CompanyQuerySet["CostLine"]):
    pass


class BillingPeriodQuerySet(CompanyQuerySet["BillingPeriod"]):
    pass


class FxRateQuerySet(ScopedQuerySet["FxRate"]):
    """Rates are nobody's secret: who sees any cost sees them."""

    view = Permission.COST_VIEW
    team_path = ""
