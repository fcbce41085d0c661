"""The ledger's tables. Database triggers refuse every change (see ``triggers``)."""

from typing import ClassVar

from django.db import models

from governance.ledger.querysets import EntryQuerySet


class Entry(models.Model):
    """One event. ``preimage`` holds the very bytes that were hashed."""

    seq = models.BigIntegerField(primary_key=True)
    ts = models.DateTimeField()
    actor_id = models.UUIDField()
    actor_role = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    body_digest = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64, unique=True)
    preimage = models.BinaryField()

    objects: ClassVar = EntryQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "seq"], name="ledger_subject"),
            models.Index(fields=["kind", "seq"], name="ledger_kind"),
            models.Index(fields=["actor_id", "seq"], name="ledger_actor"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.kind}"


class Body(models.Model):
    """What happened. ``canonical`` is what was hashed, ``data`` is for queries."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True)
    salt = models.BinaryField()
    canonical = models.BinaryField()
    data = models.JSONField()

    def __str__(self) -> str:
        return f"body of #{self.entry_id}"


class Head(models.Model):
    """The one row that appending locks: the chain's length and its last hash."""

    size = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    ts = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_head_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.size} entries"


class Counter(models.Model):
    """The last number given out in each series (models, runs, cases, reports)."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
