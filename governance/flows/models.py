"""Where each reaction stands in the ledger."""

from django.db import models


class Cursor(models.Model):
    """A failed reaction stops only itself: ``error`` says why, and the next try starts there.

    Whoever holds the lease advances it; a lease that ran out is anybody's.
    """

    reaction = models.CharField(max_length=100, primary_key=True)
    seq = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_holder = models.UUIDField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.reaction} at #{self.seq}"
