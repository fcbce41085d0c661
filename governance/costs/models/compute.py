"""What an hour of checking costs the organisation, as it states it itself."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.costs.querysets.compute import ComputeRateQuerySet
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id


class ComputeRate(Governed):
    """``amount`` for an hour on a worker, from ``start`` on; the latest that has begun speaks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    start = models.DateField()
    currency = models.CharField(max_length=3)
    amount = AmountField()
    origin = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = ComputeRateQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.currency} from {self.start}"
