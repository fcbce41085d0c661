"""Reports: what was frozen, rendered, sealed and issued."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from governance.access.governed import Governed
from governance.kernel.ids import new_id, public_id
from reports.documents.kinds import ReportKind, ReportState
from reports.documents.querysets import ReportQuerySet


class Report(Governed):
    """``content`` is the frozen ReportContent as JSON; ``digest`` is the sealed file's SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=ReportKind.choices)
    about = models.CharField(max_length=200)  # what it reports on; one of each is made at a time
    case: Any = models.ForeignKey(
        "approvals.ApprovalCase", null=True, on_delete=models.PROTECT, related_name="reports"
    )
    cost_run: Any = models.ForeignKey(
        "costs.AllocationRun", null=True, on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3, blank=True)
    team: Any = models.ForeignKey(  # whose it is; None: the whole organisation's
        "access.Team", null=True, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=300)
    state = models.CharField(
        max_length=20, choices=ReportState.choices, default=ReportState.REQUESTED
    )
    short_code = models.CharField(max_length=20, blank=True)  # by the content, once frozen
    requested_by_id = models.UUIDField()
    requested_at = models.DateTimeField(auto_now_add=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.CharField(max_length=200, blank=True)
    failure = models.TextField(blank=True)
    content: Any = models.JSONField(null=True)
    content_digest = models.CharField(max_length=64, blank=True)
    proof: Any = models.JSONField(null=True)
    as_of = models.DateTimeField(null=True)
    ledger_size = models.BigIntegerField(null=True)
    ledger_root = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    pages = models.PositiveIntegerField(null=True)
    signed_at = models.DateTimeField(null=True)
    issued_seq = models.BigIntegerField(null=True)
    superseded_by: Any = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )
    recalled_reason = models.TextField(blank=True)

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest"], condition=~Q(digest=""), name="report_digest_once"
            ),
            models.UniqueConstraint(
                fields=["short_code"], condition=~Q(short_code=""), name="report_short_code_once"
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(
                    state__in=[ReportState.REQUESTED, ReportState.FROZEN, ReportState.SIGNED]
                ),
                name="report_one_current_for_case",
            ),
            models.UniqueConstraint(
                fields=["about"],
                condition=Q(state__in=[ReportState.REQUESTED, ReportState.FROZEN]),
                name="report_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(kind=ReportKind.VALIDATION, case__isnull=False)
                | Q(kind=ReportKind.COST, cost_run__isnull=False),
                name="report_is_about_something",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["requested_at", "id"], name="report_by_time")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("RPT", self.number)

    @property
    def speaks_of(self) -> datetime:
        """When what it reports on was decided or published: the latest report of all speaks."""
        moment: datetime = self.case.decided_at if self.case else self.cost_run.published_at
        return moment
