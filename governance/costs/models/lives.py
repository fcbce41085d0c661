"""How long versions are meant to be used."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.costs.querysets.lives import PlannedLifeQuerySet
from governance.kernel.ids import new_id


class PlannedLife(Governed):
    """Days of life from a version's first day, as somebody stated them; the latest row speaks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", on_delete=models.PROTECT, related_name="+"
    )
    days = models.PositiveIntegerField()
    reason = models.TextField()
    stated_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stated_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = PlannedLifeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["version", "stated_at"], name="life_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.days} days for {self.version}"
