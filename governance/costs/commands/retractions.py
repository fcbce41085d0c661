"""Which line a delivered line takes back. FOCUS gives no key for it, so it is matched."""

from typing import Any

from django.db import connection, transaction

from governance.access.permissions import require_service
from governance.costs.commands.checking import held
from governance.costs.models import BatchPart, CostLine, CostSlice, CostSource, ImportBatch
from governance.costs.models.bills import LINE_BITS
from governance.kernel.actor import Actor

_SAME = ("sub_account", "sku", "resource", "category", "currency", "issuer")
_ALIKE = ("charge_start", "charge_end")


@transaction.atomic(durable=True)
def match_retractions(*, actor: Actor, batch: ImportBatch) -> int:
    """Let each retraction of an added batch point at its original; return how many do.

    A retraction is a line below zero that is no credit; its original an earlier line of the source
    above zero, of the same account, SKU, resource and charge period, that speaks today. Where not
    exactly one line fits, or nothing but account and period is named, it points at none.
    """
    require_service(actor)
    held(batch)
    first = batch.first_line_id
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [first, first + (1 << LINE_BITS), _key(batch), first])
        return int(cursor.rowcount)


def _key(batch: ImportBatch) -> Any:
    return CostSource._meta.pk.get_db_prep_value(batch.source_id, connection)  # noqa: SLF001


def _sql() -> str:
    line, piece, part = (_table(one) for one in (CostLine, CostSlice, BatchPart))
    described = " AND ".join(f"os.{name} = rs.{name}" for name in _SAME)
    timed = " AND ".join(f"o.{name} = r.{name}" for name in _ALIKE)
    return f"""
        UPDATE {line} SET corrects = fits.original FROM (
            SELECT r.id AS retraction, MIN(o.id) AS original
            FROM {line} r
            JOIN {piece} rs ON rs.id = r.slice_id
            JOIN {piece} os ON os.source_id = rs.source_id AND {described}
            JOIN {line} o ON o.slice_id = os.id AND {timed}
            JOIN {part} p ON p.id = o.part_id
            WHERE r.id >= %s AND r.id < %s AND rs.source_id = %s AND o.id < %s
              AND rs.category <> 'Credit' AND (rs.sku <> '' OR rs.resource <> '')
              AND {_sign("r")} < 0 AND {_sign("o")} > 0
              AND p.accepted_at IS NOT NULL AND p.superseded_by_id IS NULL
            GROUP BY r.id HAVING COUNT(*) = 1
        ) AS fits WHERE {line}.id = fits.retraction"""  # noqa: S608 - our own names


def _sign(row: str) -> str:
    """Which side of zero a line is on; good enough for order, on both databases."""
    billed, effective = (f"CAST({row}.{name} AS REAL)" for name in ("billed", "effective"))
    return f"(CASE WHEN {billed} <> 0 THEN {billed} ELSE {effective} END)"


def _table(model: type[CostLine | CostSlice | BatchPart]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Django's public name for it
