"""Reading what an hour of checking costs."""

from typing import TYPE_CHECKING

from governance.costs.querysets.company import CompanyQuerySet

if TYPE_CHECKING:
    from governance.costs.models import ComputeRate  # noqa: F401 - in quotes below


class ComputeRateQuerySet(CompanyQuerySet["ComputeRate"]):
    def latest_first(self) -> "ComputeRateQuerySet":
        """Return the rates so that the first of those that have begun by a day speaks for it."""
        return self.order_by("-start", "-recorded_at", "-id")
