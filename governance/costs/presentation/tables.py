"""A summary as a table that adds up in print, as a chart, and as a file."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from audits.engine.outcome import Axis, Figure, Series
from governance.costs.querysets.dimensions import NONE, Dimension
from governance.costs.querysets.summary import Line, Summary
from governance.costs.rules.statements import Statement, apportioned
from governance.kernel import money

SHOWN = 200
_BARS, _CURVES = 12, 5
_WITHIN = {  # what a group is opened into
    "unit": "project",
    "project": "model",
    "model": "version",
    "version": "phase",
    "phase": "service",
    "service_category": "service",
    "kind": "target",
}
_REST = "All others"


@dataclass(frozen=True, slots=True)
class Row:
    """Printed figures. ``change`` is printed too, with a sign; ``ratio`` in percent or empty."""

    label: str
    cells: Sequence[str]
    total: str
    share: str
    before: str
    change: str
    ratio: str
    inside_url: str = ""
    charges_url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Every column of ``rows`` sums to ``foot``. ``hidden`` groups stand in the last row."""

    heading: str
    months: Sequence[str]
    rows: Sequence[Row]
    foot: Row
    hidden: int
    compares: bool


@dataclass(frozen=True, slots=True)
class _Printed:
    """Both sides of a comparison, apportioned; rows are places in ``lines``."""

    now: Statement
    before: Statement
    currency: str

    def text(self, units: int) -> str:
        return money.printed(units, self.currency)


def table(found: Summary, query: QueryDict, sort: str) -> Table:
    lines = found.lines
    made = _Printed(
        apportioned(_cells(lines, found.question.months), found.currency),
        apportioned(_cells(lines, found.question.compared), found.currency),
        found.currency,
    )
    order = sorted(range(len(lines)), key=lambda place: _key(lines[place], made, place, sort))
    if sort.startswith("-"):
        order.reverse()
    shown = order if len(order) <= SHOWN else order[: SHOWN - 1]
    rows = [_row(found, made, [place], query) for place in shown]
    rest = order[len(shown) :]
    if rest:
        rows.append(_row(found, made, rest, None))
    everything = _row(found, made, order, None)
    dimension = found.question.dimensions[0]
    compares = bool(found.question.compared)
    return Table(dimension.label, _months(found), rows, everything, len(rest), compares)


def _months(found: Summary) -> list[str]:
    many = len(found.question.months) > 1
    return [f"{month:%b %Y}" for month in found.question.months] if many else []


def _cells(lines: Sequence[Line], months: Sequence[dt.date]) -> dict[int, dict[str, int]]:
    return {
        place: {month.isoformat(): line.amounts[month] for month in months if month in line.amounts}
        for place, line in enumerate(lines)
    }


def _key(line: Line, made: _Printed, place: int, sort: str) -> Any:
    now, before = made.now.rows[place], made.before.rows[place]
    keys: Mapping[str, Any] = {
        "name": line.labels[0].casefold(),
        "before": before,
        "change": now - before,
    }
    return keys.get(sort.removeprefix("-"), now)


def _row(found: Summary, made: _Printed, places: Sequence[int], query: QueryDict | None) -> Row:
    """Return one line, or (without ``query``) the sum of several."""
    line = found.lines[places[0]] if places else None
    now = sum(made.now.rows[place] for place in places)
    before = sum(made.before.rows[place] for place in places)
    months = [month.isoformat() for month in found.question.months]
    cells = [sum(made.now.cells[place].get(month, 0) for place in places) for month in months]
    whole = made.now.total
    label = line.labels[0] if line and query is not None else _REST
    links = _links(found.question.dimensions[0], line, query) if line and query is not None else {}
    return Row(
        label=label,
        cells=[made.text(units) for units in cells] if len(months) > 1 else [],
        total=made.text(now),
        share=f"{now / whole:.1%}" if whole > 0 else "",
        before=made.text(before),
        change=_signed(made.text(now - before), now - before),
        ratio=f"{(now - before) / before:+.1%}" if before > 0 else "",
        **links,
    )


def _signed(text: str, units: int) -> str:
    return f"+{text}" if units > 0 else text


def _links(dimension: Dimension, line: Line, query: QueryDict) -> dict[str, str]:
    key = NONE if line.keys[0] in (None, "") else str(line.keys[0])
    inside = query.copy()
    inside[dimension.key] = key
    charges = inside.urlencode()
    inside["group"] = _WITHIN.get(dimension.key, "unit")
    return {
        "inside_url": f"{reverse('costs:explorer')}?{inside.urlencode()}",
        "charges_url": f"{reverse('costs:charge-list')}?{charges}",
    }


def csv_columns(found: Summary) -> list[str]:
    months = [f"{month:%Y-%m}" for month in found.question.months]
    before = ["Compared with"] if found.question.compared else []
    named = [one.label for one in found.question.dimensions]
    return [*named, "Currency", "Basis", *months, "Total", *before, "Lines of bills"]


def csv_rows(found: Summary) -> Iterator[list[Any]]:
    """Yield every group with its exact amounts; what was not converted stands in its own rows."""
    basis = found.question.basis
    for line in found.lines:
        amounts = [money.to_text(line.amounts.get(month, 0)) for month in line.months]
        before = [money.to_text(line.before)] if line.compared else []
        yield [*line.labels, line.currency, basis, *amounts, _exact(line.total), *before, line.rows]
    for gone in found.unconverted:
        gap = [""] * (len(found.question.dimensions) - 1)
        empty = [""] * len(found.question.months)
        before = [""] if found.question.compared else []
        label = ["Not converted", *gap]
        yield [*label, gone.currency, basis, *empty, _exact(gone.amount), *before, gone.rows]


def _exact(units: int) -> str:
    return money.to_text(units)


def figure(found: Summary) -> Figure | None:
    """Return bars of one month, or curves over several; None when there is nothing to draw."""
    if not found.lines:
        return None
    return _curves(found) if len(found.question.months) > 1 else _bars(found)


def _bars(found: Summary) -> Figure:
    shown, rest = found.lines[:_BARS], found.lines[_BARS:]
    names = tuple([line.labels[0] for line in shown] + [_REST] * bool(rest))
    places = tuple(float(place) for place in range(len(names)))
    series = [_series(_when(found.question.months), places, _sizes(shown, rest, "total"))]
    if found.question.compared:
        series.append(
            _series(_when(found.question.compared), places, _sizes(shown, rest, "before"))
        )
    title = f"Cost by {found.question.dimensions[0].label.lower()}"
    money_axis = Axis("Cost", found.currency)
    return Figure("spend", "bar", title, money_axis, Axis("", "", names), tuple(series))


def _sizes(shown: Sequence[Line], rest: Sequence[Line], name: str) -> tuple[float, ...]:
    found = [getattr(line, name) for line in shown]
    if rest:
        found.append(sum(getattr(line, name) for line in rest))
    return tuple(as_float(units) for units in found)


def _series(name: str, x: tuple[float, ...], y: tuple[float, ...]) -> Series:
    return Series(name, x, y)


def _curves(found: Summary) -> Figure:
    months = found.question.months
    names = tuple(f"{month:%b %Y}" for month in months)
    places = tuple(float(place) for place in range(len(months)))
    shown, rest = found.lines[:_CURVES], found.lines[_CURVES:]
    series = [_series(line.labels[0], places, _along([line], months)) for line in shown]
    if rest:
        series.append(_series(_REST, places, _along(rest, months)))
    title = f"Cost by month and {found.question.dimensions[0].label.lower()}"
    axes = Axis("", "", names), Axis("Cost", found.currency)
    return Figure("spend", "line", title, *axes, tuple(series))


def _along(lines: Sequence[Line], months: Sequence[dt.date]) -> tuple[float, ...]:
    return tuple(as_float(sum(line.amounts.get(month, 0) for line in lines)) for month in months)


def _when(months: Sequence[dt.date]) -> str:
    first, last = f"{months[0]:%b %Y}", f"{months[-1]:%b %Y}"
    return first if first == last else f"{first} to {last}"


def as_float(units: int) -> float:
    """Return an amount for a drawing, where cents do not show; never for adding."""
    return float(money.to_decimal(units))
