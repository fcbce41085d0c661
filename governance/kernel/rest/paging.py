"""Keyset pages: row 99,900 costs what row 1 costs, and a page never shifts under the reader."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from governance.kernel.errors import Invalid

MAX_SIZE = 1000
DEFAULT_SIZE = 50
_MAX_DIGITS = 9  # Python refuses to read numbers of thousands of digits

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``next_cursor`` is None on the last page."""

    items: Sequence[Any]
    next_cursor: str | None
    size: int


def page_size(raw: str | None) -> int:
    """Return the size asked for; raises ``Invalid`` outside 1 to 1000."""
    if raw is None or raw == "":
        return DEFAULT_SIZE
    whole = raw.isascii() and raw.isdigit() and len(raw) <= _MAX_DIGITS
    if not whole or not 1 <= int(raw) <= MAX_SIZE:
        raise Invalid("bad-limit", f"limit must be a whole number from 1 to {MAX_SIZE}.")
    return int(raw)


def keyset_page(
    rows: "QuerySet[Row, Any]",
    *,
    order: Sequence[str],
    size: int,
    cursor: str | None = None,
    fields: Sequence[str] | None = None,
) -> "Page[Row]":
    """Return one page of ``rows`` in ``order`` (names, ``-`` for descending, the last one unique).

    With ``fields`` the items are dictionaries from one flat query. The cursor holds the order's
    values of the last row shown. Raises ``Invalid`` for a cursor that is not ours.
    """
    ordered = rows.order_by(*order)
    if cursor:
        ordered = _beyond(ordered, order, _read(cursor, len(order)))
    names = [name.removeprefix("-") for name in order]
    found: list[Any]
    if fields is None:
        found = list(ordered[: size + 1])
        last = [_attribute(row, name) for row in found[size - 1 : size] for name in names]
    else:
        extra = [name for name in names if name not in fields]
        found = list(ordered.values(*fields, *extra)[: size + 1])
        last = [row[name] for row in found[size - 1 : size] for name in names]
    more = len(found) > size
    return Page(items=found[:size], next_cursor=_write(last) if more else None, size=size)


def every(rows: "QuerySet[Row, Any]", *, order: Sequence[str]) -> Iterator[Any]:
    """Yield all of ``rows`` page by page: for exports, of any length, in bounded memory."""
    cursor: str | None = None
    while True:
        page = keyset_page(rows, order=order, size=MAX_SIZE, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _beyond(
    rows: "QuerySet[Row, Any]", order: Sequence[str], values: Sequence[Any]
) -> "QuerySet[Row, Any]":
    try:
        return rows.filter(_after(order, values))
    except (ValidationError, ValueError, TypeError) as error:
        raise Invalid("bad-cursor", "This cursor is not one of ours; start at page one.") from error


def _attribute(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _after(order: Sequence[str], values: Sequence[Any]) -> Q:
    condition = Q(pk__in=[])
    equal = Q()
    for name, value in zip(order, values, strict=True):
        field = name.removeprefix("-")
        beyond = "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{field}__{beyond}": value})
        equal &= Q(**{field: value})
    return condition


def _write(values: Sequence[Any]) -> str:
    packed = orjson.dumps(list(values), default=str)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(cursor: str, length: int) -> list[Any]:
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = orjson.loads(packed)
    except (binascii.Error, ValueError) as error:
        raise Invalid("bad-cursor", "This cursor is not one of ours; start at page one.") from error
    if not isinstance(values, list) or len(values) != length or not all(map(_plain, values)):
        raise Invalid("bad-cursor", "This cursor belongs to another list; start at page one.")
    return values


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value
    return value is None or isinstance(value, bool | int | float)
