"""Copying charges in, millions at once. Called inside the transaction of a command."""

import csv
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, models

from governance.costs.commands.rollup import sum_months
from governance.costs.models import (
    AllocatedCharge,
    AllocationRun,
    ChargeDay,
    ChargeMonth,
    CostSlice,
)
from governance.kernel import money
from governance.kernel.amounts import AmountField

_NOTHING = "\\N"
_PIECE = 1024 * 1024
_ROWS = 2000
CHARGE = (
    "run_id",
    "slice_id",
    "part_id",
    "rule_id",
    "target_id",
    "path",
    "reason",
    "lines",
    "billed",
    "effective",
)
DAY = (
    "run_id",
    "target_id",
    "day",
    "currency",
    "issuer",
    "service",
    "service_category",
    "category",
    "rule_phase",
    "reason",
    "lines",
    "billed",
    "effective",
)


def replace(run_id: UUID, charges: Path, days: Path, kept: Mapping[str, UUID]) -> None:
    """Put the rows of both files, and those that issuers keep of earlier runs, for the run's."""
    remove(run_id)
    _copy(AllocatedCharge, CHARGE, charges)
    _copy(ChargeDay, DAY, days)
    for issuer, former in kept.items():
        _take_over(run_id, former, issuer)
    sum_months(run_id)


def remove(run_id: UUID) -> None:
    for model in (AllocatedCharge, ChargeDay, ChargeMonth):
        rows: Any = model.objects.filter(run_id=run_id)
        rows._raw_delete(rows.db)  # noqa: SLF001 - nothing points at them


def _take_over(run_id: UUID, former: UUID, issuer: str) -> None:
    """Give the run the charges and days that ``issuer`` has in the ``former`` one."""
    slices = f"slice_id IN (SELECT id FROM {_table(CostSlice)} WHERE issuer = %s)"  # noqa: S608
    for model, columns, of_issuer in (
        (AllocatedCharge, CHARGE, slices),
        (ChargeDay, DAY, "issuer = %s"),
    ):
        into, names = _table(model), ", ".join(columns[1:])
        sql = (
            f"INSERT INTO {into} ({', '.join(columns)})"  # noqa: S608 - our own names
            f" SELECT %s, {names} FROM {into} WHERE run_id = %s AND {of_issuer}"
        )
        keys = [AllocationRun._meta.pk.get_db_prep_value(k, connection) for k in (run_id, former)]  # noqa: SLF001
        with connection.cursor() as cursor:
            cursor.execute(sql, [*keys, issuer])


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Django's public name for it


def _copy(model: type[models.Model], columns: Sequence[str], file: Path) -> None:
    if connection.vendor != "postgresql":
        _insert(model, columns, file)
        return
    table = _table(model)
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '{_NOTHING}')"
    with connection.cursor() as cursor, file.open("rb") as stream, cursor.copy(sql) as into:
        while piece := stream.read(_PIECE):
            into.write(piece)


def _insert(model: type[models.Model], columns: Sequence[str], file: Path) -> None:
    fields: list[Any] = [_field(model, name) for name in columns]
    with file.open(encoding="utf-8", newline="") as stream:
        rows = _rows(model, fields, columns, csv.reader(stream))
        while some := list(itertools.islice(rows, _ROWS)):
            model._default_manager.bulk_create(some)  # noqa: SLF001


def _field(model: type[models.Model], column: str) -> Any:
    fields = model._meta.concrete_fields  # noqa: SLF001
    return next(field for field in fields if field.attname == column)


def _rows(
    model: type[models.Model], fields: Sequence[Any], columns: Sequence[str], read: Any
) -> Iterator[models.Model]:
    for row in read:
        cells = zip(columns, fields, row, strict=True)
        yield model(**{name: _value(field, cell) for name, field, cell in cells})


def _value(field: Any, cell: str) -> Any:
    if cell == _NOTHING:
        return None
    if isinstance(field, AmountField):
        return money.from_text(cell)[0]
    if isinstance(field, models.JSONField):
        return json.loads(cell)
    return field.target_field.to_python(cell) if field.is_relation else field.to_python(cell)
