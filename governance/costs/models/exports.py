"""Published months as files for other systems."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.models.runs import AllocationRun
from governance.costs.querysets.exports import FocusExportQuerySet
from governance.kernel.ids import new_id


class FocusExport(Governed):
    """A published run as a FOCUS 1.3 file, written once: ``digest`` is that of the stored file.

    ``sums`` are what went out beside what was imported, ``not_held`` the columns that stay empty,
    by batch.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run: Any = models.ForeignKey(AllocationRun, on_delete=models.PROTECT, related_name="exports")
    result_digest = models.CharField(max_length=64)  # of the run, as it is written
    state = models.CharField(
        max_length=10, choices=kinds.ExportState.choices, default=kinds.ExportState.QUEUED
    )
    progress = models.CharField(max_length=200, blank=True)
    failure = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    rows = models.PositiveBigIntegerField(null=True)
    sums: Any = models.JSONField(default=list)
    not_held: Any = models.JSONField(default=dict)
    requested_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = FocusExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "result_digest"], name="focus_export_once"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"{self.run.public_id}-focus-1.3.csv"

    @property
    def is_under_way(self) -> bool:
        return self.state in kinds.EXPORT_WAITS

    @property
    def lacking(self) -> list[str]:
        """Columns that some bill of the month did not have."""
        return sorted({name for names in self.not_held.values() for name in names})
