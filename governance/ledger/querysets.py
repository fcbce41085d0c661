"""Queries over the ledger's own tables; other apps read by ``readings``."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from governance.ledger.models import Entry  # noqa: F401 - named in a type argument


class EntryQuerySet(models.QuerySet["Entry", "Entry"]):
    def hashes(self, size: int) -> list[str]:
        """Return the leaf hashes of the first ``size`` entries, in order."""
        rows: Any = self.filter(seq__lte=size).order_by("seq").values_list("entry_hash", flat=True)
        return list(rows.iterator(chunk_size=10_000))
