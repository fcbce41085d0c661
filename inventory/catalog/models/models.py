"""Use cases and registered models."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.access.sharing import ShareBase
from governance.kernel.canonical import Json, digest
from governance.kernel.ids import public_id
from inventory.catalog import kinds
from inventory.catalog.models.base import TeamOwned
from inventory.catalog.querysets import RegisteredModelQuerySet, UseCaseQuerySet


class UseCase(TeamOwned):
    """The business decision that is served, and what hangs on it."""

    number = models.PositiveBigIntegerField(unique=True)
    name = models.CharField(max_length=200)
    decision = models.TextField(help_text="Which decision is taken with the model's help?")
    affected_persons = models.TextField(blank=True)
    autonomy = models.CharField(max_length=20, choices=kinds.Autonomy.choices)
    exposure = models.CharField(max_length=20, choices=kinds.Exposure.choices)
    purpose = models.CharField(max_length=20, choices=kinds.Purpose.choices)
    reach = models.CharField(max_length=20, choices=kinds.Reach.choices)
    personal_data = models.BooleanField(default=False)
    jurisdictions = models.JSONField(default=list, blank=True)
    regimes = models.JSONField(default=list, blank=True)
    sponsor: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = UseCaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "name"], name="use_case_name_in_team"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("UC", self.number)

    def governed(self) -> dict[str, Json]:
        """Return what an approval binds of the use: whom it concerns and how much hangs on it."""
        return {
            "id": str(self.pk),
            "decision": self.decision,
            "affected_persons": self.affected_persons,
            "autonomy": self.autonomy,
            "exposure": self.exposure,
            "purpose": self.purpose,
            "reach": self.reach,
            "personal_data": self.personal_data,
            "jurisdictions": list(self.jurisdictions),
            "regimes": list(self.regimes),
        }


class RegisteredModel(TeamOwned):
    """One model with its immutable public id; what it learnt and where it runs are versions' and
    deployments' business.
    """

    number = models.PositiveBigIntegerField(unique=True)
    name = models.CharField(max_length=200)
    use_case: Any = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="models")
    kind = models.CharField(max_length=20, choices=kinds.ModelClass.choices)
    complexity = models.CharField(max_length=20, choices=kinds.Complexity.choices)
    intended_use = models.TextField()
    prohibited_uses = models.TextField(blank=True)
    boundaries = models.TextField(blank=True, help_text="Where the model may be relied on.")
    limitations = models.TextField(blank=True)
    external_ids = models.JSONField(default=dict, blank=True)
    owner: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = RegisteredModelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(retired_at=None), name="model_name_among_living"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="model_by_name"),
            models.Index(fields=["team", "name"], name="model_by_team"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("MDL", self.number)

    def use(self) -> dict[str, Json]:
        """Return what an approval binds beside a version's bytes: what the model may be used for.

        Who owns the model is no part of it: independence is worked out from the rows each time.
        """
        words = {
            "kind": self.kind,
            "complexity": self.complexity,
            "intended_use": self.intended_use,
            "prohibited_uses": self.prohibited_uses,
            "boundaries": self.boundaries,
            "limitations": self.limitations,
        }
        return {
            "use_case": {"id": str(self.use_case_id), "digest": digest(self.use_case.governed())},
            "model_digest": digest(words),
        }

    def use_digest(self) -> str:
        return digest(self.use())


class ModelShare(ShareBase):
    """One person outside the team may see one model and what hangs on it (guardian, direct key)."""

    content_object: Any = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE)
