"""What money can be charged to, and how much it was used."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.querysets.targets import TargetQuerySet, UsageMetricQuerySet
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id


class Target(Governed):
    """``key`` is stable and decides ties: ``MDL-00042/v3/serve``, ``team/credit``, ``pool/gpu``.

    ``aliases`` are what tags call it. History stays with the team of its day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=kinds.TargetKind.choices)
    name = models.CharField(max_length=300)
    aliases: Any = models.JSONField(default=list, blank=True)
    team: Any = models.ForeignKey(
        "access.Team", null=True, on_delete=models.PROTECT, related_name="+"
    )
    use_case: Any = models.ForeignKey(
        "catalog.UseCase", null=True, on_delete=models.PROTECT, related_name="+"
    )
    model: Any = models.ForeignKey(
        "catalog.RegisteredModel", null=True, on_delete=models.PROTECT, related_name="+"
    )
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    phase = models.CharField(max_length=20, choices=kinds.Phase.choices, blank=True)
    owner: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_on = models.DateField(null=True)
    successor: Any = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = TargetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.name


class TargetPlace(models.Model):
    """Where a target stood until the day on which it moved."""

    target: Any = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="places")
    until = models.DateField()
    team: Any = models.ForeignKey(
        "access.Team", null=True, on_delete=models.PROTECT, related_name="+"
    )
    use_case: Any = models.ForeignKey(
        "catalog.UseCase", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target", "until"], name="target_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target} until {self.until}"


class UsageMetric(Governed):
    """What a version did on a day. A later row for the same things restates the earlier one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField()
    unit = models.CharField(max_length=30, choices=kinds.UsageUnit.choices)
    origin = models.CharField(max_length=100)
    quantity = AmountField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    restated_at = models.DateTimeField(null=True)  # since when a later row speaks

    objects: ClassVar = UsageMetricQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "day", "unit", "origin"],
                condition=models.Q(restated_at=None),
                name="usage_speaks_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "unit"], name="usage_by_day")]

    def __str__(self) -> str:
        return f"{self.unit} of {self.version} on {self.day}"
