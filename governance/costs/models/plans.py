"""Budgets, forecasts and what stands out."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.models.targets import Target
from governance.costs.querysets.plans import (
    BudgetQuerySet,
    CostAnomalyQuerySet,
    ForecastRunQuerySet,
)
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id
from inventory.catalog.models.base import Recorded

DEFAULT_THRESHOLDS = (50, 80, 100)  # percent of the budget, by actual


def default_thresholds() -> list[int]:
    return list(DEFAULT_THRESHOLDS)


class Budget(Recorded):
    """``start`` to the day before ``end``. A change is a new row of the same ``series``.

    Covers its target and everything below it (team → project → model → version). The two rows of
    a transfer carry the same ``transfer`` and are decided together.
    """

    series = models.UUIDField(default=new_id)
    number = models.PositiveIntegerField(default=1)
    transfer = models.UUIDField(null=True)
    target: Any = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="budgets")
    start = models.DateField()
    end = models.DateField()
    currency = models.CharField(max_length=3)
    basis = models.CharField(max_length=10, choices=kinds.Basis.choices)
    amount = AmountField()
    thresholds: Any = models.JSONField(default=default_thresholds)
    forecast_threshold = models.PositiveSmallIntegerField(default=100)
    note = models.TextField(blank=True)
    state = models.CharField(
        max_length=12, choices=kinds.BudgetState.choices, default=kinds.BudgetState.SUBMITTED
    )
    decided_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    objects: ClassVar = BudgetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="budget_number_once"),
            models.UniqueConstraint(
                fields=["series"],
                condition=Q(state=kinds.BudgetState.APPROVED),
                name="budget_one_in_force",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="budget_ends"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("created_by")),
                name="budget_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}, {self.start} to {self.last}"

    @property
    def last(self) -> date:
        """The last day that it covers; people count in it."""
        return self.end - timedelta(days=1)


class BudgetAlert(models.Model):
    """A threshold that was crossed: told once for each version of a budget, at ``told_at``."""

    budget: Any = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="alerts")
    measure = models.CharField(max_length=10)  # actual, or forecast
    threshold = models.PositiveSmallIntegerField()
    amount = AmountField()
    crossed_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["budget", "measure", "threshold"], name="budget_alert_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.threshold} % of {self.budget}"


class ForecastRun(Governed):
    """Frozen when made, scored when its days have settled. ``horizon`` days after ``cutoff``.

    ``points`` is ``[{"day", "point", "low", "high"}]`` of the series alone, amounts as text;
    ``events`` known changes ``[{"label", "start", "end", "daily", "amount"}]``, each a term of its
    own in ``point``, ``low`` and ``high``; ``backtest`` one row a method with its errors.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    target: Any = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="forecasts")
    currency = models.CharField(max_length=3)
    basis = models.CharField(
        max_length=10, choices=kinds.Basis.choices, default=kinds.Basis.EFFECTIVE
    )
    cutoff = models.DateField()
    horizon = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=40)
    points: Any = models.JSONField(default=list)
    point = AmountField()
    low = AmountField(null=True)
    high = AmountField(null=True)
    backtest: Any = models.JSONField(default=list)
    wape = models.FloatField(null=True)
    bias = models.FloatField(null=True)
    coverage = models.FloatField(null=True)  # of the 80 % interval, in the backtest
    low_confidence = models.BooleanField(default=False)
    events: Any = models.JSONField(default=list)
    data_digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(auto_now_add=True)
    actual = AmountField(null=True)
    error = models.FloatField(null=True)  # (forecast less actual) / |actual|
    held = models.BooleanField(null=True)  # whether the interval contained the actual
    scored_at = models.DateTimeField(null=True)

    objects: ClassVar = ForecastRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["target", "currency", "basis", "cutoff", "horizon", "data_digest"],
                name="forecast_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["frozen_at", "id"], name="forecast_by_time")]

    def __str__(self) -> str:
        return f"{self.target} from {self.cutoff}"


class CostAnomaly(Governed):
    """A day whose cost stood out twice: against its own spread, and in money."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    target: Any = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="anomalies")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    expected = AmountField()
    actual = AmountField()
    score = models.FloatField()  # 0.6745 |x - median| / MAD
    state = models.CharField(
        max_length=12, choices=kinds.AnomalyState.choices, default=kinds.AnomalyState.OPEN
    )
    explanation = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    detected_at = models.DateTimeField(auto_now_add=True)
    restated_at = models.DateTimeField(null=True)
    answered_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar = CostAnomalyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target", "currency", "day"], name="anomaly_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "id"], name="anomaly_by_day")]

    def __str__(self) -> str:
        return f"{self.target} on {self.day}"
