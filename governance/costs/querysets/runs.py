"""Reading runs of allocation and their charges."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.kinds import CostRunState
from governance.costs.querysets.company import CompanyQuerySet
from governance.costs.querysets.facets import OF_TARGET, fitting

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        AllocatedCharge,
        AllocationRun,
        ChargeDay,
        ChargeMonth,
    )


FOUND = ("inputs", "invariants", "summary", "difference")


class AllocationRunQuerySet(CompanyQuerySet["AllocationRun"]):
    def published(self) -> "AllocationRunQuerySet":
        return self.filter(state=CostRunState.PUBLISHED)

    def briefly(self) -> "AllocationRunQuerySet":
        """Return the rows without what they found, which is much to read."""
        return self.defer(*FOUND)

    def narrowed(self, facets: Mapping[str, Any]) -> "AllocationRunQuerySet":
        """Return the runs that fit ``month``, ``state`` and ``dry``, where they are given."""
        found = self.filter(**{n: facets[n] for n in ("month", "state") if facets.get(n)})
        return found if facets.get("dry") is None else found.filter(dry=facets["dry"])


class AllocatedChargeQuerySet(ScopedQuerySet["AllocatedCharge"]):
    """A manager sees what reached own targets, never the lines of others."""

    view = Permission.COST_VIEW
    team_path = "target__team_id"

    def narrowed(self, facets: Mapping[str, Any]) -> "AllocatedChargeQuerySet":
        """Return the charges that fit the facets given; ``target`` is a key."""
        return fitting(self, facets, OF_TARGET | {"target": "target__key", "reason": "reason"})


class ChargeDayQuerySet(ScopedQuerySet["ChargeDay"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"

    def published(self) -> "ChargeDayQuerySet":
        return self.filter(run__state=CostRunState.PUBLISHED)


class ChargeMonthQuerySet(ScopedQuerySet["ChargeMonth"]):
    view = Permission.COST_VIEW
    team_path = "target__team_id"
