"""Reading runs of allocation and their charges."""

from typing import TYPE_CHECKING

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.kinds import CostRunState
from governance.costs.querysets.company import CompanyQuerySet

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        AllocatedCharge,
        AllocationRun,
        ChargeDay,
    )


class AllocationRunQuerySet(CompanyQuerySet["AllocationRun"]):
    def published(self) -> "AllocationRunQuerySet":
        return self.filter(state=CostRunState.PUBLISHED)


class AllocatedChargeQuerySet(ScopedQuerySet["AllocatedCharge"]):
    """A manager sees what reached own targets, never the lines of others."""

    view = Permission.COST_VIEW
    team_path = "target__team_id"


class ChargeDayQuerySet(ScopedQuerySet["ChargeDay"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"

    def published(self) -> "ChargeDayQuerySet":
        return self.filter(run__state=CostRunState.PUBLISHED)
