"""Cases, their steps, decisions, conditions, evidence, and who takes part in which capacity."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.access.governed import Governed
from governance.approvals import kinds
from governance.approvals.querysets import ApprovalCaseQuerySet, ConditionQuerySet, StepQuerySet
from governance.kernel.ids import new_id, public_id

_PERSON = settings.AUTH_USER_MODEL


class ApprovalCase(Governed):
    """Somebody asks that a version may be used. At most one open case for a version and action."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", on_delete=models.PROTECT, related_name="cases"
    )
    action = models.CharField(max_length=40)
    policy: Any = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    tier = models.PositiveSmallIntegerField()
    tier_reasons: Any = models.JSONField(default=list)
    request = models.TextField(help_text="What is asked for, and why.")
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=20, choices=kinds.CaseState.choices, default=kinds.CaseState.DRAFT
    )
    run: Any = models.ForeignKey(
        "runs.AuditRun", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    content_digest = models.CharField(max_length=64, blank=True)  # of the version, as submitted
    use_digest = models.CharField(max_length=64, blank=True)  # of the intended use, as submitted
    gate: Any = models.JSONField(null=True)  # what the gate said when the case was submitted
    opened_by: Any = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    submitted_by: Any = models.ForeignKey(
        _PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_until = models.DateField(null=True)
    outcome_note = models.TextField(blank=True)

    objects: ClassVar = ApprovalCaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "action"],
                condition=Q(state__in=[s.value for s in kinds.OPEN_STATES]),
                name="case_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[s.value for s in kinds.APPROVED_STATES])
                | Q(valid_until__isnull=False),
                name="case_approval_has_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "opened_at"], name="case_by_state"),
            models.Index(fields=["opened_at", "id"], name="case_by_time"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("APR", self.number)


class Evidence(models.Model):
    """A check's result on which the case rests, bound by its digest."""

    case: Any = models.ForeignKey(ApprovalCase, on_delete=models.PROTECT, related_name="evidence")
    round = models.PositiveSmallIntegerField()
    check_run: Any = models.ForeignKey("runs.CheckRun", on_delete=models.PROTECT, related_name="+")
    outcome_digest = models.CharField(max_length=64)
    attached_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "round", "check_run"], name="evidence_once_in_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_run_id} in {self.case_id}"


class Participant(models.Model):
    """Who takes part in what capacity. The unique row is segregation of duties in the database:
    who built cannot validate, who validated cannot decide.
    """

    case: Any = models.ForeignKey(
        ApprovalCase, on_delete=models.PROTECT, related_name="participants"
    )
    round = models.PositiveSmallIntegerField()
    person: Any = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=20, choices=kinds.Capacity.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "round", "person"], name="participant_one_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.capacity}"


class Step(Governed):
    """One thing that must be said before the case ends: by which role, by how many."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case: Any = models.ForeignKey(ApprovalCase, on_delete=models.PROTECT, related_name="steps")
    round = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=kinds.StepKind.choices)
    role = models.CharField(max_length=40)
    quorum = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=20, choices=kinds.StepState.choices)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar = StepQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["round", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "round", "position"], name="step_position"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class Decision(models.Model):
    """What one person said, on the very statement they had before them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    step: Any = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="decisions")
    case: Any = models.ForeignKey(ApprovalCase, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    person: Any = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=40)
    choice = models.CharField(max_length=20, choices=kinds.Choice.choices)
    reason = models.TextField()
    override = models.TextField(blank=True)  # why in favour, although an opinion was against
    statement: Any = models.JSONField()
    statement_digest = models.CharField(max_length=64)
    meaning = models.CharField(max_length=60)
    strength = models.CharField(max_length=60)
    decided_at = models.DateTimeField(auto_now_add=True)
    ledger_seq = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["decided_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "round", "person"], name="decision_once_in_round"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} by {self.person_id}"


class Condition(Governed):
    """What an approval hangs on: always with an owner and a date."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case: Any = models.ForeignKey(ApprovalCase, on_delete=models.PROTECT, related_name="conditions")
    decision: Any = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    owner: Any = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.CharField(
        max_length=20, choices=kinds.ConditionState.choices, default=kinds.ConditionState.OPEN
    )
    met_by: Any = models.ForeignKey(
        _PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    met_at = models.DateTimeField(null=True)
    met_note = models.TextField(blank=True)

    objects: ClassVar = ConditionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on"]

    def __str__(self) -> str:
        return self.text
