"""Runs and their checks. The row is the truth; the Celery message is an id."""

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.engine.outcome import Verdict
from audits.runs.kinds import OPEN_STATES, CheckState, RunState
from audits.runs.querysets import AuditRunQuerySet, CheckRunQuerySet
from governance.access.governed import Governed
from governance.kernel.ids import new_id, public_id

VERDICTS = [(v.value, v.value.capitalize()) for v in Verdict]
_EXACT = 2**53


class ExactDecoder(json.JSONDecoder):
    """PostgreSQL writes 1e22 as a whole number; beyond 2**53 that is a float again, as it was."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_int": _whole_or_float})


def _whole_or_float(text: str) -> int | float:
    number = int(text)
    return number if abs(number) < _EXACT else float(text)


class AuditRun(Governed):
    """One execution of a frozen plan. ``lease_until`` is how long its worker may be silent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", on_delete=models.PROTECT, related_name="runs"
    )
    reference: Any = models.ForeignKey(
        "catalog.DatasetVersion", on_delete=models.PROTECT, related_name="+"
    )
    current: Any = models.ForeignKey(
        "catalog.DatasetVersion", on_delete=models.PROTECT, related_name="+"
    )
    policy: Any = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    tier = models.PositiveSmallIntegerField()
    tier_reasons: Any = models.JSONField(default=list)  # [{"factor", "title", "points", "because"}]
    plan: Any = models.JSONField(decoder=ExactDecoder)  # audits.engine.plan.Plan as JSON
    plan_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=RunState.choices, default=RunState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()  # when a worker was last told of it
    sends = models.PositiveSmallIntegerField(default=1)
    lease_until = models.DateTimeField(null=True)
    lease_holder = models.UUIDField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    requested_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # why it failed or was cancelled
    isolation = models.CharField(max_length=40, blank=True)
    verdict = models.CharField(max_length=30, choices=VERDICTS, blank=True)  # the worst one
    peak_bytes = models.PositiveBigIntegerField(null=True)
    results_digest = models.CharField(max_length=64, blank=True)  # over all outcome digests

    objects: ClassVar = AuditRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "plan_digest"],
                condition=Q(state__in=[s.value for s in OPEN_STATES]),
                name="run_one_open_for_a_plan",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="run_by_state"),
            models.Index(fields=["requested_at", "id"], name="run_by_time"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("RUN", self.number)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class CheckRun(Governed):
    """One check of a run and what it found: the evidence that reports cite as ``EVD-…``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    run: Any = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="checks")
    position = models.PositiveSmallIntegerField()
    check_id = models.CharField(max_length=80)  # e.g. drift.columns
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=CheckState.choices, default=CheckState.WAITING)
    verdict = models.CharField(max_length=30, choices=VERDICTS, blank=True)
    outcome: Any = models.JSONField(
        null=True, decoder=ExactDecoder
    )  # audits.engine.outcome.Outcome as JSON
    outcome_digest = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True)
    expected_seconds = models.FloatField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = CheckRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [models.Index(fields=["check_id", "finished_at"], name="check_by_time")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "check_id"], name="check_once_in_run"),
            models.CheckConstraint(
                condition=~Q(state=CheckState.DONE) | ~Q(verdict=""), name="check_done_has_verdict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.check_id}"

    @property
    def public_id(self) -> str:
        return public_id("EVD", self.number)


class RunLogLine(models.Model):
    """What happened to a run, in order; kept after it ended."""

    run: Any = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    attempt = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.text
