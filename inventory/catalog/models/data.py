"""Datasets and their versions."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.kernel.ids import public_id
from inventory.catalog import kinds
from inventory.catalog.models.base import Inspected, Recorded, TeamOwned
from inventory.catalog.querysets import DatasetQuerySet, DatasetVersionQuerySet


class Dataset(TeamOwned):
    number = models.PositiveBigIntegerField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    sensitivity = models.CharField(max_length=20, choices=kinds.Sensitivity.choices)
    licence = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=500, blank=True)
    known_gaps = models.TextField(blank=True)
    owner: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = DatasetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "name"], name="dataset_name_in_team"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("DAT", self.number)


class DatasetVersion(Inspected, Recorded):
    """The bytes of a dataset at one time, by their SHA-256. Never changed, only followed."""

    dataset: Any = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=20, choices=kinds.DataRole.choices)
    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=20, choices=kinds.DataFormat.choices)
    size = models.PositiveBigIntegerField()
    file_name = models.CharField(max_length=255, blank=True)
    window_start = models.DateField(null=True, blank=True)
    window_end = models.DateField(null=True, blank=True)
    rows = models.PositiveBigIntegerField(null=True)
    columns: Any = models.JSONField(default=list)  # [{"name", "type", "nulls"}], by the inspection

    objects: ClassVar = DatasetVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number"),
            models.UniqueConstraint(fields=["dataset", "digest"], name="dataset_version_bytes"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset.name} v{self.number}"
