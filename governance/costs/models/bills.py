"""Bills as they were delivered: sources, batches, periods and lines.

A line of a bill is narrow: its times and amounts. What describes it (service, resource, tags …) is
a ``CostSlice``, shared by all lines that read the same. A batch touches billing periods, one
``BatchPart`` each; a part that a later delivery replaced is closed as a whole, so that replacing a
month of millions of lines writes one row.
"""

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.querysets.bills import (
    BatchPartQuerySet,
    BillingPeriodQuerySet,
    CostLineQuerySet,
    CostSourceQuerySet,
    FxRateQuerySet,
    ImportBatchQuerySet,
)
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id, public_id
from inventory.catalog.models.base import Recorded

LINE_BITS = 34  # a line's key is its batch's number and, in these bits, its place in the file


class CostSource(Recorded):
    """Where bills come from. ``floor`` is the least money worth a person's time there."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=kinds.SourceKind.choices)
    issuer = models.CharField(max_length=200, blank=True)
    delivery = models.CharField(max_length=10, choices=kinds.Delivery.choices)
    date_order = models.CharField(
        max_length=3, choices=kinds.DateOrder.choices, blank=True, default=kinds.DateOrder.NONE
    )
    settlement_days = models.PositiveSmallIntegerField(default=3)
    floor = AmountField(default=0)
    owner: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = CostSourceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class BillingPeriod(Governed):
    """One statement of one issuer: ``start`` is its first day, ``end`` the day after its last."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    issuer = models.CharField(max_length=200)
    start = models.DateField()
    end = models.DateField()
    state = models.CharField(
        max_length=10, choices=kinds.PeriodState.choices, default=kinds.PeriodState.OPEN
    )
    snapshot_digest = models.CharField(max_length=64, blank=True)
    run: Any = models.ForeignKey(  # that it was closed on, or is closing on: its charges stay
        "costs.AllocationRun", null=True, on_delete=models.PROTECT, related_name="+"
    )
    issuer_state = models.CharField(max_length=10, blank=True)  # as the issuer's own file says
    invoices: Any = models.JSONField(default=dict)  # what they state: see ``rules.invoices``
    gap_reason = models.TextField(blank=True)
    closing_fault = models.TextField(blank=True)  # what stood against the last try
    closed_at = models.DateTimeField(null=True)
    closed_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reopen_reason = models.TextField(blank=True)
    reopen_evidence = models.TextField(blank=True)  # the issuer's reopening, or who asked it to
    reopen_asked_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = BillingPeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "start"], name="billing_period_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="billing_period_ends"),
            models.CheckConstraint(
                condition=Q(reopened_by=None) | ~Q(reopened_by=F("reopen_asked_by")),
                name="billing_period_reopened_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.month}"

    @property
    def month(self) -> str:
        return f"{self.start:%Y-%m}"

    @property
    def last_day(self) -> dt.date:
        last: dt.date = self.end - dt.timedelta(days=1)
        return last


class ImportBatch(Governed):
    """One delivered file. ``landing_digest`` names the same rows, read and typed, as Parquet.

    ``findings`` is ``[{"code", "count", "first_line", "message"}]``; ``facts`` what was detected
    (separator, encoding, columns not held, functions lost).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    source: Any = models.ForeignKey(CostSource, on_delete=models.PROTECT, related_name="batches")
    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    again_of: Any = models.ForeignKey(  # the same bytes, made current again
        "self", null=True, on_delete=models.PROTECT, related_name="repeated_by"
    )
    size = models.PositiveBigIntegerField()
    focus_declared = models.CharField(max_length=10, blank=True)
    focus_detected = models.CharField(max_length=10, blank=True)
    delivery = models.CharField(max_length=10, choices=kinds.Delivery.choices)
    state = models.CharField(
        max_length=12, choices=kinds.BatchState.choices, default=kinds.BatchState.RECEIVED
    )
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_accepted = models.PositiveBigIntegerField(default=0)
    rows_rejected = models.PositiveBigIntegerField(default=0)
    residual = models.CharField(max_length=80, blank=True)  # what rounding at the door left over
    findings: Any = models.JSONField(default=list)
    facts: Any = models.JSONField(default=dict)
    landing_digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)  # why it is held or was refused
    answer = models.TextField(blank=True)  # what the person who accepted it said
    progress = models.CharField(max_length=200, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    received_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(auto_now_add=True)
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar = ImportBatchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "digest"], condition=Q(again_of=None), name="batch_bytes_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["received_at", "id"], name="batch_by_time")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("BAT", self.number)

    @property
    def is_under_way(self) -> bool:
        return self.state in {kinds.BatchState.RECEIVED, kinds.BatchState.CHECKING}

    @property
    def first_line_id(self) -> int:
        return int(self.number) << LINE_BITS


class BatchPart(Governed):
    """What one batch says of one billing period. Closed when a later delivery replaces it."""

    id = models.BigAutoField(primary_key=True)
    batch: Any = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="parts")
    period: Any = models.ForeignKey(BillingPeriod, on_delete=models.PROTECT, related_name="parts")
    accepted_at = models.DateTimeField(null=True)  # unseen until then
    superseded_by: Any = models.ForeignKey(
        ImportBatch, null=True, on_delete=models.PROTECT, related_name="superseded_parts"
    )
    superseded_at = models.DateTimeField(null=True)

    objects: ClassVar = BatchPartQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "period"], name="batch_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch} for {self.period}"


class PartTotal(models.Model):
    """The control total of a part: what its lines must sum to."""

    part: Any = models.ForeignKey(BatchPart, on_delete=models.CASCADE, related_name="totals")
    currency = models.CharField(max_length=3)
    rows = models.PositiveBigIntegerField()
    billed = AmountField()
    effective = AmountField()
    listed = AmountField(null=True)  # of the lines that were delivered with one
    contracted = AmountField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "currency"], name="part_total_once"),
        ]

    def __str__(self) -> str:
        return f"{self.part} in {self.currency}"


class InvoiceTotal(models.Model):
    """What the lines of a part that name one invoice are billed; lines that name none have none."""

    part: Any = models.ForeignKey(BatchPart, on_delete=models.CASCADE, related_name="invoices")
    currency = models.CharField(max_length=3)
    invoice = models.TextField()
    billed = AmountField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["part", "currency", "invoice"], name="invoice_total_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} in {self.currency}"


class RejectedRow(models.Model):
    """A row that was not taken, as it stood in the file."""

    batch: Any = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejected")
    line_no = models.PositiveBigIntegerField()
    raw = models.TextField()
    codes: Any = models.JSONField(default=list)
    message = models.TextField()
    billed = AmountField(null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "line_no"], name="rejected_row_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.line_no} of {self.batch}"


class CostSlice(models.Model):
    """What describes lines, once for all lines of a source that read the same."""

    id = models.BigAutoField(primary_key=True)
    source: Any = models.ForeignKey(CostSource, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)  # over source and all fields below
    currency = models.CharField(max_length=3)
    issuer = models.CharField(max_length=200)
    provider = models.TextField(blank=True)
    sub_account = models.TextField(blank=True)
    sub_account_name = models.TextField(blank=True)
    service = models.TextField(blank=True)
    service_category = models.TextField(blank=True)
    sku = models.TextField(blank=True)
    resource = models.TextField(blank=True)
    resource_name = models.TextField(blank=True)
    resource_type = models.TextField(blank=True)
    region = models.TextField(blank=True)
    category = models.CharField(max_length=40)  # Usage, Purchase, Tax, Credit, Adjustment
    charge_class = models.CharField(max_length=40, blank=True)  # Correction, or nothing
    description = models.TextField(blank=True)
    pricing_unit = models.TextField(blank=True)
    commitment = models.TextField(blank=True)
    commitment_status = models.CharField(max_length=40, blank=True)  # Used, Unused
    invoice = models.TextField(blank=True)
    tags: Any = models.JSONField(default=dict)
    target_key = models.CharField(max_length=200, blank=True)  # entered by hand for one target

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "digest"], name="cost_slice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.service or self.category} {self.resource}".strip()


class CostLine(Governed):
    """One row of a bill; never changed. Its keys are not checked by the database: a command
    copies millions at once and has made what they point at before.
    """

    id = models.BigIntegerField(primary_key=True)  # batch.number << LINE_BITS | line_no
    part: Any = models.ForeignKey(
        BatchPart,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="lines",
    )
    slice: Any = models.ForeignKey(
        CostSlice,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="lines",
    )
    charge_start = models.DateTimeField()
    charge_end = models.DateTimeField()
    billed = AmountField()
    effective = AmountField()
    listed = AmountField(null=True)
    contracted = AmountField(null=True)
    quantity = AmountField(null=True)  # 18 places as money has; its unit is the slice's
    corrects = models.BigIntegerField(null=True)  # the line that this one takes back, where sure

    objects: ClassVar = CostLineQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["slice", "part", "charge_start"], name="cost_line_by_slice"),
            models.Index(
                fields=["corrects"],
                condition=Q(corrects__isnull=False),
                name="cost_line_by_corrected",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_no}"

    @property
    def line_no(self) -> int:
        return int(self.pk) & ((1 << LINE_BITS) - 1)


def line_name(key: int) -> str:
    """Return how people are told of a line: its place, and the batch that it came with."""
    return f"line {key & ((1 << LINE_BITS) - 1)} of {public_id('BAT', key >> LINE_BITS)}"


class FxRate(Governed):
    """``rate`` units of ``target`` for one of ``base``, on a day. A better one is a new row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    base = models.CharField(max_length=3)
    target = models.CharField(max_length=3)
    rate = AmountField()
    origin = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = FxRateQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["base", "target", "day"], name="fx_by_day")]

    def __str__(self) -> str:
        return f"{self.base} in {self.target} on {self.day}"
