"""What deliveries brought for a month and was not taken, over all rows, however many are listed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps

from governance.costs.rules.importing import counts_in
from governance.kernel.money import from_text


@dataclass(frozen=True, slots=True)
class RefusedSum:
    """Rows of one batch in one currency; ``amount`` sums what could be read, in units."""

    batch: UUID
    currency: str
    rows: int
    amount: int


def refused_in(month: dt.date, batches: Collection[UUID]) -> list[RefusedSum]:
    """Return what ``batches`` had refused of ``month``, in their order, each by currency."""
    spoken = _spoken(batches)
    rows = _rows("ImportBatch").filter(pk__in=batches).order_by("number")
    found: dict[tuple[UUID, str], list[int]] = defaultdict(lambda: [0, 0])
    for key, told in rows.values_list("pk", "facts__refused_money"):
        for each in told or ():
            if counts_in(f"{month:%Y-%m}", each.get("month", ""), spoken[key]):
                sums = found[key, each["currency"][:3]]
                sums[0] += each["rows"]
                sums[1] += from_text(each["billed"])[0]
    return [RefusedSum(*key, *sums) for key, sums in found.items()]


def _spoken(batches: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return the months of which each batch brought lines."""
    found: dict[UUID, set[str]] = defaultdict(set)
    parts = _rows("BatchPart").filter(batch__in=batches).order_by()
    for key, start in parts.values_list("batch", "period__start"):
        found[key].add(f"{start:%Y-%m}")
    return found


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
