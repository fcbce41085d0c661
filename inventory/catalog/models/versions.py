"""Versions of a model, what they are made of, and where they run."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from governance.kernel.canonical import Json, digest
from inventory.catalog import kinds
from inventory.catalog.models.base import Inspected, Recorded, TeamOwned
from inventory.catalog.models.data import DatasetVersion
from inventory.catalog.models.models import RegisteredModel
from inventory.catalog.querysets import (
    ArtifactQuerySet,
    DeploymentQuerySet,
    EnvironmentQuerySet,
    ModelVersionQuerySet,
)


class Artifact(Inspected, TeamOwned):
    """A model's bytes by their SHA-256. The storage keeps one copy, whoever uploads it."""

    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=20, choices=kinds.ArtifactFormat.choices)
    size = models.PositiveBigIntegerField()
    file_name = models.CharField(max_length=255, blank=True)
    facts: Any = models.JSONField(default=dict)  # library, kind, features, by the inspection

    objects: ClassVar = ArtifactQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "digest"], name="artifact_bytes_in_team"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.digest[:12]}"


class Environment(TeamOwned):
    """What a version was built and runs with: a lock with hashes makes it repeatable."""

    name = models.CharField(max_length=200)
    python = models.CharField(max_length=40, blank=True)
    os = models.CharField(max_length=100, blank=True)
    lock_digest = models.CharField(max_length=64)
    packages: Any = models.JSONField(default=list)  # [{"name", "version", "hashed"}]
    image_digest = models.CharField(max_length=100, blank=True)

    objects: ClassVar = EnvironmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "name", "lock_digest"], name="environment_lock_in_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(Recorded):
    """An immutable version. Its status is derived from cases; nobody types "approved"."""

    model: Any = models.ForeignKey(
        RegisteredModel, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    artifact: Any = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="versions")
    training_data: Any = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    environment: Any = models.ForeignKey(
        Environment, null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    predecessor: Any = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    change_type = models.CharField(max_length=20, choices=kinds.ChangeType.choices)
    change_note = models.TextField(blank=True)
    code_reference = models.CharField(max_length=500, blank=True)
    parameters: Any = models.JSONField(default=dict, blank=True)
    reported_metrics: Any = models.JSONField(default=dict, blank=True)
    signature: Any = models.JSONField()  # audits.engine.plan.Signature as JSON

    objects: ClassVar = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_in_model"),
            models.CheckConstraint(
                condition=~Q(predecessor=F("id")), name="version_does_not_follow_itself"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at", "id"], name="version_by_time")]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    @property
    def label(self) -> str:
        return str(self.number)

    def content(self) -> dict[str, Json]:
        """Return what an approval of this version binds: everything that makes its behaviour."""
        return {
            "model": self.model.public_id,
            "number": self.number,
            "artifact": self.artifact.digest,
            "training_data": self.training_data.digest if self.training_data else None,
            "environment": self.environment.lock_digest if self.environment else None,
            "code_reference": self.code_reference,
            "parameters": self.parameters,
            "signature": self.signature,
        }

    def content_digest(self) -> str:
        return digest(self.content())


class Deployment(Recorded):
    """Where a version runs. Valid times say when it did, recorded times when we knew."""

    version: Any = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="deployments"
    )
    target = models.CharField(max_length=200)
    traffic_share = models.DecimalField(max_digits=5, decimal_places=2, default=100)
    consumers = models.TextField(blank=True)
    rollback_target: Any = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fallback = models.TextField(blank=True)
    human_oversight = models.TextField(blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    recorded_to = models.DateTimeField(null=True, blank=True)  # recorded from: created_at

    objects: ClassVar = DeploymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="deployment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(traffic_share__gte=0) & Q(traffic_share__lte=100),
                name="deployment_share_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.target}"
