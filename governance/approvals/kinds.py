"""States, verdicts and event kinds of approvals."""

from django.db.models import TextChoices

from governance.access.kinds import Permission


class CaseState(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    CONDITIONAL = "conditional", "Approved with conditions"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_STATES = (CaseState.DRAFT, CaseState.SUBMITTED, CaseState.IN_REVIEW)
APPROVED_STATES = (CaseState.APPROVED, CaseState.CONDITIONAL)


class Act(TextChoices):
    """What moves a case from one state to another."""

    ATTACH = "attach", "attach evidence to it"
    SUBMIT = "submit", "submit it"
    SPEAK = "speak", "speak on it"
    APPROVE = "approve", "approve it"
    APPROVE_CONDITIONALLY = "approve_conditionally", "approve it with conditions"
    REJECT = "reject", "reject it"
    WITHDRAW = "withdraw", "withdraw it"


class Status(TextChoices):
    """What a version's cases come to today. Derived, never stored."""

    NONE = "none", "No approval"
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    CONDITIONAL = "conditional", "Approved with conditions"
    EXPIRED = "expired", "Expired"
    LAPSED = "lapsed", "Lapsed"
    REJECTED = "rejected", "Rejected"


IN_FORCE = (Status.APPROVED, Status.CONDITIONAL)
USE = "use"  # the gate in front of using a version: an approval in force, nothing overdue


class StepKind(TextChoices):
    OPINION = "opinion", "Validator's opinion"
    DECISION = "decision", "Risk officer's decision"


class StepState(TextChoices):
    WAITING = "waiting", "Waiting for an earlier step"
    OPEN = "open", "Open"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Not reached"


class Choice(TextChoices):
    """What a person says at a step. ``CONDITIONAL`` needs at least one condition."""

    FAVOUR = "favour", "In favour"
    CONDITIONAL = "conditional", "In favour, with conditions"
    AGAINST = "against", "Against"
    ABSTAIN = "abstain", "Abstain"


class Meaning(TextChoices):
    """What a signature says; printed beside it."""

    REVIEW = "review", "Review: I have examined the evidence and say what I think of it"
    APPROVAL = "approval", "Approval: I decide, and answer for the decision"


MEANINGS = {StepKind.OPINION: Meaning.REVIEW, StepKind.DECISION: Meaning.APPROVAL}


class Capacity(TextChoices):
    """In which part a person takes part in a case. One part for each person and round."""

    BUILT = "built", "Built it"
    VALIDATED = "validated", "Validated it"
    DECIDED = "decided", "Decided on it"


SAYING = {StepKind.OPINION: Permission.CASE_OPINE, StepKind.DECISION: Permission.CASE_DECIDE}
CAPACITIES = {StepKind.OPINION: Capacity.VALIDATED, StepKind.DECISION: Capacity.DECIDED}


class ConditionState(TextChoices):
    OPEN = "open", "Open"
    MET = "met", "Met"


class Kind(TextChoices):
    CASE_OPENED = "approvals.case.opened"
    CASE_SUBMITTED = "approvals.case.submitted"
    EVIDENCE_ATTACHED = "approvals.evidence.attached"
    STEP_DECIDED = "approvals.step.decided"
    CASE_APPROVED = "approvals.case.approved"
    CASE_REJECTED = "approvals.case.rejected"
    CASE_WITHDRAWN = "approvals.case.withdrawn"
    CONDITION_MET = "approvals.condition.met"
