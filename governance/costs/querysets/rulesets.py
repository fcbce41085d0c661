"""Reading rule sets."""

from typing import TYPE_CHECKING

from governance.costs.querysets.company import CompanyQuerySet

if TYPE_CHECKING:
    from governance.costs.models import RuleSet  # noqa: F401 - in quotes below


class RuleSetQuerySet(CompanyQuerySet["RuleSet"]):
    pass
