"""Reading rule sets."""

import datetime as dt
from typing import TYPE_CHECKING

from governance.costs.kinds import RuleSetState
from governance.costs.querysets.company import CompanyQuerySet

if TYPE_CHECKING:
    from governance.costs.models import RuleSet


class RuleSetQuerySet(CompanyQuerySet["RuleSet"]):
    def in_force(self, month: dt.date) -> "RuleSet | None":
        """Return the approved set that shares out the bills of ``month``; None before the first."""
        approved = self.filter(state=RuleSetState.APPROVED, effective_from__lte=month)
        return approved.order_by("-effective_from").first()
