"""The one rule table: which role holds which permission. Pure.

A permission held in a team reaches what that team owns; held in the organisation it reaches all.
What is not written here is refused.
"""

import uuid
from dataclasses import dataclass

from governance.access.kinds import Permission, Role
from governance.kernel.actor import Actor, Strength

_EVERYBODY = frozenset(Role) - {Role.SYSTEM}
_INSIDERS = _EVERYBODY - {Role.MODEL_USER, Role.ADMINISTRATOR}
_BUILDERS = frozenset({Role.MODEL_OWNER, Role.DEVELOPER})
_REVIEWERS = frozenset({Role.VALIDATOR, Role.RISK_OFFICER})
_PURSE = frozenset({Role.MANAGER, Role.FINANCE_ATTESTER})

GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.USE_CASE_VIEW: _EVERYBODY,
    Permission.USE_CASE_CREATE: _BUILDERS | {Role.MANAGER},
    Permission.USE_CASE_EDIT: _BUILDERS | {Role.MANAGER},
    Permission.MODEL_VIEW: _EVERYBODY,
    Permission.MODEL_REGISTER: _BUILDERS,
    Permission.MODEL_EDIT: _BUILDERS,
    Permission.MODEL_RETIRE: frozenset({Role.MODEL_OWNER}),
    Permission.MODEL_SHARE: frozenset({Role.MODEL_OWNER}),
    Permission.VERSION_CREATE: _BUILDERS,
    Permission.ARTIFACT_UPLOAD: _BUILDERS,
    Permission.DATASET_VIEW: _INSIDERS,
    Permission.DATASET_CREATE: _BUILDERS | {Role.VALIDATOR},
    Permission.ENVIRONMENT_VIEW: _INSIDERS,
    Permission.ENVIRONMENT_CREATE: _BUILDERS,
    Permission.DEPLOYMENT_RECORD: _BUILDERS,
    Permission.RUN_VIEW: _INSIDERS,
    Permission.RUN_REQUEST: _BUILDERS | _REVIEWERS,
    Permission.RUN_CANCEL: _BUILDERS | _REVIEWERS,
    Permission.POLICY_VIEW: _EVERYBODY,
    Permission.POLICY_INSTALL: frozenset({Role.SYSTEM}),
    Permission.CASE_VIEW: _INSIDERS,
    Permission.CASE_OPEN: _BUILDERS,
    Permission.CASE_WITHDRAW: _BUILDERS,
    Permission.CASE_OPINE: frozenset({Role.VALIDATOR}),
    Permission.CASE_DECIDE: frozenset({Role.RISK_OFFICER}),
    Permission.CONDITION_MEET: _REVIEWERS,
    Permission.REPORT_VIEW: _INSIDERS,
    Permission.REPORT_REQUEST: _REVIEWERS | {Role.AUDITOR, Role.SYSTEM},
    Permission.REPORT_RECALL: frozenset({Role.RISK_OFFICER}),
    Permission.COST_VIEW: _PURSE | _BUILDERS | {Role.RISK_OFFICER, Role.AUDITOR},
    Permission.COST_IMPORT: _PURSE | {Role.SYSTEM},
    Permission.COST_RULE_EDIT: _PURSE,
    Permission.COST_RULE_APPROVE: _PURSE,
    Permission.COST_ALLOCATE: _PURSE | {Role.SYSTEM},
    Permission.COST_PERIOD_CLOSE: _PURSE,
    Permission.COST_PERIOD_REOPEN: _PURSE,
    Permission.USAGE_RECORD: _BUILDERS | {Role.MANAGER},
    Permission.BUDGET_SET: frozenset({Role.MANAGER}),
    Permission.BUDGET_APPROVE: _PURSE,
    Permission.COST_ANSWER: _PURSE | {Role.MODEL_OWNER},
    Permission.BENEFIT_CLAIM: _BUILDERS | {Role.MANAGER},
    Permission.BENEFIT_ATTEST: frozenset({Role.FINANCE_ATTESTER}),
    Permission.WORK_STOP: frozenset({Role.MODEL_OWNER, Role.MANAGER}),
    Permission.WORK_COACH: _BUILDERS | {Role.MANAGER},
    Permission.LESSON_RECORD: _BUILDERS | {Role.MANAGER, Role.RISK_OFFICER},
    Permission.PLANNED_LIFE_STATE: frozenset({Role.MODEL_OWNER, Role.MANAGER}),
    Permission.COST_REPORT_REQUEST: _PURSE | {Role.AUDITOR, Role.SYSTEM},
    Permission.LEDGER_VIEW: frozenset({Role.AUDITOR, Role.RISK_OFFICER}),
    Permission.TEAM_ADMIN: frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
    Permission.USER_ADMIN: frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
    Permission.TOKEN_CREATE: _EVERYBODY,
    Permission.OPERATIONS_VIEW: frozenset({Role.ADMINISTRATOR}),
}

# What a person must do themselves, signed in, whatever a token's scopes say.
NEVER_BY_TOKEN = frozenset(
    {
        Permission.CASE_OPINE,
        Permission.CASE_DECIDE,
        Permission.CONDITION_MEET,
        Permission.REPORT_RECALL,
        Permission.TOKEN_CREATE,
        Permission.MODEL_SHARE,
        Permission.COST_RULE_APPROVE,
        Permission.COST_PERIOD_REOPEN,
        Permission.BUDGET_APPROVE,
        Permission.BENEFIT_ATTEST,
        Permission.WORK_COACH,
    }
    | {Permission.TEAM_ADMIN, Permission.USER_ADMIN, Permission.POLICY_INSTALL}
)
# What sharing one model with one person lets that person see.
SHARED = frozenset(
    {Permission.MODEL_VIEW, Permission.RUN_VIEW, Permission.CASE_VIEW, Permission.REPORT_VIEW}
)

READ_SCOPE = "read"


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a permission reaches: everywhere, or to what these teams own."""

    everywhere: bool = False
    teams: frozenset[uuid.UUID] = frozenset()

    @property
    def nowhere(self) -> bool:
        return not self.everywhere and not self.teams

    def covers(self, team_id: uuid.UUID | None) -> bool:
        return self.everywhere or (team_id is not None and team_id in self.teams)


def scope_of(actor: Actor, permission: Permission) -> Scope:
    """Return how far ``actor`` holds ``permission``; a token reaches no further than its person."""
    if not allowed_by_token(actor, permission):
        return Scope()
    roles = GRANTS[permission]
    held = [holding for holding in actor.holdings if holding.role in roles]
    teams = frozenset(holding.team_id for holding in held if holding.team_id is not None)
    return Scope(everywhere=any(holding.team_id is None for holding in held), teams=teams)


def allowed_by_token(actor: Actor, permission: Permission) -> bool:
    """Return whether the way the actor came in leaves ``permission`` open at all."""
    if actor.scopes is None:
        return True
    if permission in NEVER_BY_TOKEN:
        return False
    if permission.is_view and READ_SCOPE in actor.scopes:
        return True
    return permission.value in actor.scopes


def token_scopes() -> tuple[str, ...]:
    """Return every scope that a token may carry."""
    named = (p.value for p in Permission if p not in NEVER_BY_TOKEN)
    return (READ_SCOPE, *named)


def is_person(actor: Actor) -> bool:
    """Return whether a person signed in and acts now (not a token, not the service)."""
    return not actor.is_token and actor.strength in {Strength.PASSWORD, Strength.MFA}
