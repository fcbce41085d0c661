"""The doors of approvals."""

from governance.access import permissions as access
from governance.access.doors import Entrance, Through
from governance.access.kinds import Permission, Role
from governance.access.rules import is_person
from governance.approvals.kinds import CAPACITIES, SAYING, StepKind
from governance.approvals.models import ApprovalCase, Step
from governance.approvals.querysets import independence
from governance.approvals.rules.independence import check_independent
from governance.kernel.actor import Actor
from governance.kernel.errors import NotPermitted

DOORS: dict[str, Entrance] = {
    "approvals:case-list": Permission.CASE_VIEW,
    "approvals:burden-list": Permission.COST_VIEW,
    "api:case-costs": Permission.COST_VIEW,
    "approvals:case-detail": Permission.CASE_VIEW,
    "approvals:case-open": Permission.CASE_OPEN,
    "approvals:case-submit": Permission.CASE_OPEN,
    "approvals:case-withdraw": Permission.CASE_WITHDRAW,
    "approvals:step-decide": Permission.CASE_VIEW,  # the command asks for the step's own right
    "approvals:condition-meet": Permission.CONDITION_MEET,
    "approvals:version-cases": Permission.CASE_VIEW,
    "approvals:status-badges": Permission.MODEL_VIEW,
    "api:case-list": Through(read=Permission.CASE_VIEW, write=Permission.CASE_OPEN),
    "api:case-detail": Permission.CASE_VIEW,
    "api:case-submit": Permission.CASE_OPEN,
    "api:case-withdraw": Permission.CASE_WITHDRAW,
    "api:case-statement": Permission.CASE_VIEW,
    "api:case-decisions": Permission.CASE_VIEW,
    "api:condition-list": Permission.CASE_VIEW,
    "api:condition-meet": Permission.CONDITION_MEET,
    "api:gate-detail": Permission.MODEL_VIEW,
}


def require_speaker(actor: Actor, case: ApprovalCase, step: Step) -> None:
    """Raise unless this person may speak at the step: its right and role, in person, one part only.

    Raises ``Missing`` where the case is not to be seen, else ``NotPermitted``.
    """
    access.require(actor, Permission.CASE_VIEW, case, view=Permission.CASE_VIEW)
    if not is_person(actor):
        raise NotPermitted("person-needed", "A person signed in says this, never a token.")
    held = any(
        holding.role == step.role and holding.team_id in {None, case.owning_team_id}
        for holding in actor.holdings
    )
    if not held or not access.can(actor, SAYING[StepKind(step.kind)], case):
        role = Role(step.role).label.lower()
        raise NotPermitted("role-needed", f"This step is for a {role} of the team.")
    check_independent(actor.id, CAPACITIES[StepKind(step.kind)], independence.parts(case))
