"""What one delivery takes from another: before it counts, and before it is made current again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps

from governance.costs.kinds import BatchState, Delivery, PeriodState
from governance.costs.rules.importing import Movement, movements

if TYPE_CHECKING:
    from governance.costs.models import ImportBatch

Now = Sequence[tuple[str, str, int]]


def moved_by(batch: "ImportBatch", now: Now) -> list[Movement]:
    """Return what replacing by ``now`` (period, currency, billed) changes of what speaks today.

    An added file removes nothing.
    """
    if batch.delivery != Delivery.REPLACE:
        return []
    periods = {period for period, _, _ in now}
    current = _rows("BatchPart").current().filter(batch__source=batch.source_id)
    before = _totals(part__in=current.exclude(batch=batch))
    return movements([one for one in before if one[0] in periods], now)


def again(batch: "ImportBatch") -> list[Movement]:
    """Return what making a superseded batch current again would change of today's open bills."""
    if batch.state != BatchState.SUPERSEDED:
        return []
    states = (PeriodState.OPEN, PeriodState.CLOSING)
    return moved_by(batch, _totals(part__batch=batch, part__period__state__in=states))


def replaced_by(batch: "ImportBatch") -> "list[ImportBatch]":
    """Return the batches of which ``batch`` replaced at least one period."""
    rows = _rows("ImportBatch").filter(parts__superseded_by=batch).exclude(pk=batch.pk)
    return list(rows.distinct().order_by("number"))


def _totals(**which: Any) -> list[tuple[str, str, int]]:
    rows = _rows("PartTotal").filter(**which).select_related("part__period").order_by("pk")
    return [(str(row.part.period), row.currency, row.billed) for row in rows]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
