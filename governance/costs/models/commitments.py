"""What was bought in advance, as the issuer's Contract Commitment dataset states it."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from governance.access.governed import Governed
from governance.costs.models.bills import ImportBatch
from governance.costs.querysets.commitments import ContractCommitmentQuerySet
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id


class ContractCommitment(Governed):
    """One commitment of a contract with its term; a later file states it anew, as another row.

    ``commitment`` is what lines of bills call ``CommitmentDiscountId``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch: Any = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, related_name="commitments"
    )
    issuer = models.CharField(max_length=200, blank=True)
    commitment = models.CharField(max_length=400)
    contract = models.CharField(max_length=400, blank=True)
    description = models.TextField(blank=True)
    start = models.DateField()
    end = models.DateField()
    currency = models.CharField(max_length=3)
    cost = AmountField(null=True)  # of all of it; None where it is a quantity that was agreed

    objects: ClassVar = ContractCommitmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "commitment"], name="commitment_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="commitment_ends"),
        ]
        indexes: ClassVar = [models.Index(fields=["commitment"], name="commitment_by_name")]

    def __str__(self) -> str:
        return self.commitment

    @property
    def last_day(self) -> dt.date:
        last: dt.date = self.end - dt.timedelta(days=1)
        return last
