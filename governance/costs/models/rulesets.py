"""Rules of allocation, versioned: written by one person, approved by another."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.costs import kinds
from governance.costs.querysets.rulesets import RuleSetQuerySet
from governance.costs.rules.rulesets import DAYS, FIELDS, plain
from governance.kernel.ids import new_id, public_id
from inventory.catalog.models.base import Recorded


class RuleSet(Recorded):
    """In force from the month of ``effective_from`` on, until the next approved one."""

    number = models.PositiveBigIntegerField(unique=True)
    note = models.TextField(blank=True)
    effective_from = models.DateField()
    state = models.CharField(
        max_length=12, choices=kinds.RuleSetState.choices, default=kinds.RuleSetState.DRAFT
    )
    digest = models.CharField(max_length=64)  # over the rules as canonical JSON
    submitted_at = models.DateTimeField(null=True)
    approved_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    objects: ClassVar = RuleSetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")),
                name="ruleset_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("RULES", self.number)


class Rule(models.Model):
    """``matcher``, ``targets`` and ``fallbacks`` are what ``rules.matching`` and
    ``rules.allocation`` read.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ruleset: Any = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    priority = models.PositiveIntegerField()
    phase = models.CharField(max_length=10, choices=kinds.RulePhase.choices)
    name = models.CharField(max_length=200)
    matcher: Any = models.JSONField()
    method = models.CharField(max_length=20, choices=kinds.Method.choices)
    targets: Any = models.JSONField(default=list)  # [{"target": key, "weight": "33.4"}]
    options: Any = models.JSONField(default=dict)  # tag, phase tag, driver unit, fallback drivers
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["priority"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ruleset", "priority"], name="rule_priority_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def plain(self) -> dict[str, Any]:
        """Return the rule as it is digested, given out and read by ``rules.allocation``."""
        return plain({name: getattr(self, name) for name in (*FIELDS, *DAYS)})
