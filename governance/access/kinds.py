"""Roles, permissions and event kinds of access."""

from enum import StrEnum


class Role(StrEnum):
    MODEL_OWNER = "model_owner"
    DEVELOPER = "developer"
    VALIDATOR = "validator"
    RISK_OFFICER = "risk_officer"
    COMMITTEE_MEMBER = "committee_member"
    FINANCE_ATTESTER = "finance_attester"
    MANAGER = "manager"
    AUDITOR = "auditor"
    MODEL_USER = "model_user"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"  # what the service does by itself; nobody can be given it

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Permission(StrEnum):
    """``noun.verb``. A permission that ends in ``.view`` is reading."""

    USE_CASE_VIEW = "use_case.view"
    USE_CASE_CREATE = "use_case.create"
    USE_CASE_EDIT = "use_case.edit"
    MODEL_VIEW = "model.view"
    MODEL_REGISTER = "model.register"
    MODEL_EDIT = "model.edit"
    MODEL_RETIRE = "model.retire"
    MODEL_SHARE = "model.share"
    VERSION_CREATE = "version.create"
    ARTIFACT_UPLOAD = "artifact.upload"
    DATASET_VIEW = "dataset.view"
    DATASET_CREATE = "dataset.create"
    ENVIRONMENT_VIEW = "environment.view"
    ENVIRONMENT_CREATE = "environment.create"
    DEPLOYMENT_RECORD = "deployment.record"
    RUN_VIEW = "run.view"
    RUN_REQUEST = "run.request"
    RUN_CANCEL = "run.cancel"
    POLICY_VIEW = "policy.view"
    POLICY_INSTALL = "policy.install"
    CASE_VIEW = "case.view"
    CASE_OPEN = "case.open"
    CASE_WITHDRAW = "case.withdraw"
    CASE_OPINE = "case.opine"
    CASE_DECIDE = "case.decide"
    CONDITION_MEET = "condition.meet"
    REPORT_VIEW = "report.view"
    REPORT_REQUEST = "report.request"
    REPORT_RECALL = "report.recall"
    COST_VIEW = "cost.view"
    COST_IMPORT = "cost.import"
    COST_RULE_EDIT = "cost_rule.edit"
    COST_RULE_APPROVE = "cost_rule.approve"
    COST_ALLOCATE = "cost.allocate"
    COST_PERIOD_CLOSE = "cost_period.close"
    COST_PERIOD_REOPEN = "cost_period.reopen"
    USAGE_RECORD = "usage.record"
    BUDGET_SET = "budget.set"
    BUDGET_APPROVE = "budget.approve"
    COST_ANSWER = "cost.answer"
    BENEFIT_CLAIM = "benefit.claim"
    BENEFIT_ATTEST = "benefit.attest"
    WORK_STOP = "work.stop"
    WORK_COACH = "work.coach"
    LESSON_RECORD = "lesson.record"
    PLANNED_LIFE_STATE = "planned_life.state"
    COST_REPORT_REQUEST = "cost_report.request"
    LEDGER_VIEW = "ledger.view"
    TEAM_ADMIN = "team.admin"
    USER_ADMIN = "user.admin"
    TOKEN_CREATE = "token.create"  # noqa: S105 - a permission's name
    OPERATIONS_VIEW = "operations.view"

    @property
    def is_view(self) -> bool:
        return self.value.endswith(".view")


class Kind(StrEnum):
    USER_CREATED = "access.user.created"
    USER_DEACTIVATED = "access.user.deactivated"
    TEAM_CREATED = "access.team.created"
    ROLE_GRANTED = "access.role.granted"
    ROLE_REVOKED = "access.role.revoked"
    TOKEN_CREATED = "access.token.created"  # noqa: S105
    TOKEN_REVOKED = "access.token.revoked"  # noqa: S105
    OBJECT_SHARED = "access.object.shared"
    OBJECT_UNSHARED = "access.object.unshared"


TOKEN_DAYS = 90
TOKEN_PREFIX = "assay"  # noqa: S105
FORGET = "governance.access.forget"  # task: ()
