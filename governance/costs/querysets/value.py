"""Reading claims, experiments and hints."""

from typing import TYPE_CHECKING

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        BenefitClaim,
        CostHint,
        Experiment,
    )


class ExperimentQuerySet(ScopedQuerySet["Experiment"]):
    view = Permission.COST_VIEW
    team_path = "model__team_id"


class BenefitClaimQuerySet(ScopedQuerySet["BenefitClaim"]):
    view = Permission.COST_VIEW
    team_path = "model__team_id"


class CostHintQuerySet(ScopedQuerySet["CostHint"]):
    """A hint about no target (a shadow model's account) is for those who see everything."""

    view = Permission.COST_VIEW
    team_path = "target__team_id"
