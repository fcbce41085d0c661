"""Runs of allocation: a month's bills shared out under one rule set, exactly."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.models.bills import BatchPart, CostSlice
from governance.costs.models.rulesets import Rule, RuleSet
from governance.costs.models.targets import Target
from governance.costs.querysets.runs import (
    AllocatedChargeQuerySet,
    AllocationRunQuerySet,
    ChargeDayQuerySet,
    ChargeMonthQuerySet,
)
from governance.kernel.amounts import AmountField, Size
from governance.kernel.ids import new_id, public_id


class AllocationRun(Governed):
    """``month`` is the first day of the billing month. ``invariants`` holds each check with sums.

    ``inputs`` names everything that can change the result: batches, rules, drivers, rates, and by
    issuer the runs whose charges stay because a period was closed on them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    month = models.DateField()
    ruleset: Any = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(
        max_length=12, choices=kinds.CostRunState.choices, default=kinds.CostRunState.QUEUED
    )
    dry = models.BooleanField(default=False)  # of a draft: shown, never published
    inputs: Any = models.JSONField(default=dict)
    inputs_digest = models.CharField(max_length=64, blank=True)
    result_digest = models.CharField(max_length=64, blank=True)
    invariants: Any = models.JSONField(default=list)
    summary: Any = models.JSONField(default=dict)  # rows and money for each rule, shadowed rules
    difference: Any = models.JSONField(default=list)  # by target and cause, to what it supersedes
    adjustment: Any = models.JSONField(default=list)  # so too, what it would move of closed money
    supersedes: Any = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    progress = models.CharField(max_length=200, blank=True)
    failure = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    requested_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects: ClassVar = AllocationRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month"],
                condition=Q(state=kinds.CostRunState.PUBLISHED),
                name="cost_run_one_published",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["requested_at", "id"], name="cost_run_by_time")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("ALC", self.number)


class AllocatedCharge(Governed):
    """What one rule gave one target of the lines of one slice in one part.

    The sum of the lines' own shares, each split exactly (``kernel.money.split`` with ``weight`` of
    ``weight_sum``); ``path`` names the rules that a pool's money took, first to last. As of lines,
    its keys are not checked by the database: a quarter of the time that millions take to copy.
    """

    id = models.BigAutoField(primary_key=True)
    run: Any = models.ForeignKey(
        AllocationRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="charges",
    )
    slice: Any = models.ForeignKey(
        CostSlice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    part: Any = models.ForeignKey(
        BatchPart, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    rule: Any = models.ForeignKey(
        Rule,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    target: Any = models.ForeignKey(
        Target, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    path: Any = models.JSONField(default=list)  # [{"rule", "weight", "weight_sum", "driver"}]
    reason = models.CharField(max_length=20, choices=kinds.Unallocated.choices, blank=True)
    lines = models.PositiveBigIntegerField()
    billed = AmountField()
    effective = AmountField()

    objects: ClassVar = AllocatedChargeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "target"], name="charge_by_target"),
            models.Index(fields=["run", "slice"], name="charge_by_slice"),
            models.Index("run", Size("effective").desc(), "id", name="charge_by_size"),
        ]

    def __str__(self) -> str:
        return f"{self.target} in {self.run}"


class _Summed(Governed):
    """A run's charges summed by target and by what the explorer groups."""

    id = models.BigAutoField(primary_key=True)
    target: Any = models.ForeignKey(
        Target, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    currency = models.CharField(max_length=3)
    issuer = models.CharField(max_length=200)
    service = models.TextField(blank=True)
    service_category = models.TextField(blank=True)
    category = models.CharField(max_length=40)
    rule_phase = models.CharField(max_length=10, blank=True)  # direct, shared, idle, overhead
    reason = models.CharField(max_length=20, blank=True)
    lines = models.PositiveBigIntegerField()
    billed = AmountField()
    effective = AmountField()

    class Meta:
        abstract = True


class ChargeDay(_Summed):
    """A run's charges by day: small, whatever the bill's size."""

    run: Any = models.ForeignKey(
        AllocationRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="days",
    )
    day = models.DateField()

    objects: ClassVar = ChargeDayQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "target", "day"], name="charge_day_by_target"),
            models.Index(fields=["run", "day"], name="charge_day_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.target} on {self.day}"


class ChargeMonth(_Summed):
    """A run's days summed over its month: what pages read, a thirtieth of the rows."""

    run: Any = models.ForeignKey(
        AllocationRun,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="months",
    )

    objects: ClassVar = ChargeMonthQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "target"], name="charge_month_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.target} in {self.run}"
