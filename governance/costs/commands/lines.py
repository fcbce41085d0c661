"""Slices, parts and lines of a batch go into the database; nobody sees them until it is accepted.

Millions of lines: PostgreSQL takes them by COPY, SQLite in pieces. A second attempt starts anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from governance.access.permissions import require_service
from governance.costs.commands.checking import held
from governance.costs.engine import copying
from governance.costs.engine.landing import DESCRIBING
from governance.costs.engine.reading import Total
from governance.costs.models import (
    BatchPart,
    BillingPeriod,
    CostLine,
    CostSlice,
    ImportBatch,
    InvoiceTotal,
    PartTotal,
)
from governance.costs.models.bills import LINE_BITS
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Conflict

_LINE = (
    "id", "part_id", "slice_id", "charge_start", "charge_end", "billed", "effective", "listed",
    "contracted", "quantity",
)  # fmt: skip
_SLICE = ("source_id", "digest", *DESCRIBING)
_PIECE = 200_000
_BLOCK = 256 * 1024
Part = tuple[str, Any, int]  # issuer, first day, key


@transaction.atomic(durable=True)
def make_parts(*, actor: Actor, batch: ImportBatch, totals: Sequence[Total]) -> list[Part]:
    """Make the batch's parts with their control totals, and the periods that are new."""
    require_service(actor)
    row = held(batch)
    for sums in (PartTotal, InvoiceTotal):
        sums.objects.filter(part__batch=row).delete()
    parts: dict[tuple[str, Any], BatchPart] = {}
    for total in totals:
        key = (total.issuer, total.start)
        if key not in parts:
            period, _ = BillingPeriod.objects.get_or_create(
                issuer=total.issuer, start=total.start, defaults={"end": total.end}
            )
            parts[key], _ = BatchPart.objects.get_or_create(batch=row, period=period)
        _keep_total(parts[key], total)
    kept = [part.pk for part in parts.values()]
    BatchPart.objects.filter(batch=row, accepted_at=None).exclude(pk__in=kept).delete()
    return [(issuer, start, int(part.pk)) for (issuer, start), part in parts.items()]


def _keep_total(part: BatchPart, total: Total) -> None:
    names = ("currency", "rows", "billed", "effective", "listed", "contracted")
    PartTotal.objects.create(part=part, **{name: getattr(total, name) for name in names})
    InvoiceTotal.objects.bulk_create(
        InvoiceTotal(part=part, currency=total.currency, invoice=invoice, billed=billed)
        for invoice, billed in total.invoices.items()
    )


@transaction.atomic(durable=True)
def make_slices(*, actor: Actor, batch: ImportBatch, slices: Path, folder: Path) -> Path:
    """Insert the slices that are new and return a CSV of (digest, key) of all of them."""
    require_service(actor)
    target = folder / "slice-keys.csv"
    if connection.vendor == "postgresql":
        _copy_slices(batch, slices, folder, target)
    else:
        _insert_slices(batch, slices, target)
    return target


@transaction.atomic(durable=True)
def clear_lines(*, actor: Actor, batch: ImportBatch) -> None:
    """Take away what an earlier attempt left."""
    require_service(actor)
    held(batch)
    first = batch.first_line_id
    CostLine.objects.filter(pk__gte=first, pk__lt=first + (1 << LINE_BITS)).delete()


def copy_lines(plan: copying.LinePlan, tell: Callable[[int], None]) -> None:
    """Copy all landed lines, piece by piece, each piece in a transaction of its own."""
    done = 0
    if connection.vendor == "postgresql":
        for file, rows in copying.line_files(plan, _PIECE):
            _copy("costs_costline", _LINE, file)
            file.unlink()
            done += rows
            tell(done)
        return
    for piece in copying.line_rows(plan, _PIECE // 20):
        _insert("costs_costline", _LINE, piece)
        done += len(piece)
        tell(done)


def require_whole(batch: ImportBatch) -> None:
    """Raise ``Conflict`` unless the lines in the database sum to the batch's control totals."""
    lines = (
        CostLine.objects.filter(part__batch=batch).order_by().values("part_id", "slice__currency")
    )
    found = {
        (row["part_id"], row["slice__currency"]): (row["n"], row["b"], row["e"])
        for row in lines.annotate(n=Count("pk"), b=ExactSum("billed"), e=ExactSum("effective"))
    }
    wanted = {
        (total.part_id, total.currency): (total.rows, total.billed, total.effective)
        for total in PartTotal.objects.filter(part__batch=batch)
    }
    if found != wanted:
        raise Conflict("totals-differ", "The copied lines do not sum to the file's totals.")


def _copy_slices(batch: ImportBatch, slices: Path, folder: Path, target: Path) -> None:
    file = copying.slice_file(slices, str(batch.source_id), folder)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE new_slices (LIKE costs_costslice) ON COMMIT DROP;"
            "ALTER TABLE new_slices ALTER COLUMN id DROP NOT NULL"
        )
        _copy("new_slices", _SLICE, file)
        names = ", ".join(_SLICE)
        cursor.execute(
            f"INSERT INTO costs_costslice ({names}) SELECT {names} FROM new_slices "  # noqa: S608
            "ORDER BY digest ON CONFLICT (source_id, digest) DO NOTHING"
        )
        keys = (
            "COPY (SELECT s.digest, s.id FROM costs_costslice s JOIN new_slices n "
            "ON n.source_id = s.source_id AND n.digest = s.digest) TO STDOUT (FORMAT csv)"
        )
        with target.open("wb") as out, cursor.copy(keys) as found:
            for block in found:
                out.write(block)


def _insert_slices(batch: ImportBatch, slices: Path, target: Path) -> None:
    with target.open("w") as out:
        for piece in copying.slice_rows(slices, _PIECE // 200):
            CostSlice.objects.bulk_create(
                [CostSlice(source_id=batch.source_id, **row) for row in piece],
                ignore_conflicts=True,
            )
            digests = [row["digest"] for row in piece]
            found = CostSlice.objects.filter(source_id=batch.source_id, digest__in=digests)
            out.writelines(f"{digest},{key}\n" for digest, key in found.values_list("digest", "pk"))


def _copy(table: str, columns: Sequence[str], file: Path) -> None:
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, NULL '\\N')"
    with (
        connection.cursor() as cursor,
        cursor.copy(sql) as out,
    ):
        for block in _blocks(file):
            out.write(block)


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, list(rows))
