"""A summary as a table that adds up in print, as a chart, and as a file."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from audits.engine.outcome import Axis, Figure, Series
from governance.costs.kinds import Basis
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
_JOINED = " · "


@dataclass(frozen=True, slots=True)
class Row:
    """Printed figures; a month that no run speaks for has none. ``change`` has a sign.

    ``label`` and ``more`` are the names of the group, one for each dimension.
    """

    label: str
    more: Sequence[str]
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

    headings: Sequence[str]
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
    headings = [one.label for one in found.question.dimensions]
    compares = bool(found.question.compared)
    return Table(headings, _months(found), rows, everything, len(rest), compares)


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
        "name": _named(line).casefold(),
        "before": before,
        "change": now - before,
    }
    return keys.get(sort.removeprefix("-"), now)


def _row(found: Summary, made: _Printed, places: Sequence[int], query: QueryDict | None) -> Row:
    """Return one line, or (without ``query``) the sum of several."""
    line = found.lines[places[0]] if places else None
    now = sum(made.now.rows[place] for place in places)
    before = sum(made.before.rows[place] for place in places)
    whole = made.now.total
    one = line if query is not None else None
    links = _links(found.question.dimensions, one, query) if one and query is not None else {}
    return Row(
        label=one.labels[0] if one else _REST,
        more=one.labels[1:] if one else [""] * (len(found.question.dimensions) - 1),
        cells=_printed_months(found, made, places),
        total=made.text(now),
        share=f"{now / whole:.1%}" if whole > 0 else "",
        before=made.text(before),
        change=_signed(made.text(now - before), now - before),
        ratio=f"{(now - before) / before:+.1%}" if before > 0 else "",
        **links,
    )


def _printed_months(found: Summary, made: _Printed, places: Sequence[int]) -> list[str]:
    months = found.question.months
    if len(months) == 1:
        return []
    sums = {
        month: sum(made.now.cells[place].get(month.isoformat(), 0) for place in places)
        for month in found.published
    }
    return [made.text(sums[month]) if month in sums else "" for month in months]


def _named(line: Line) -> str:
    return _JOINED.join(line.labels)


def _signed(text: str, units: int) -> str:
    return f"+{text}" if units > 0 else text


def _links(dimensions: Sequence[Dimension], line: Line, query: QueryDict) -> dict[str, str]:
    inside = query.copy()
    for dimension, key in zip(dimensions, line.keys, strict=True):
        inside[dimension.key] = NONE if key in (None, "") else str(key)
    inside.pop("split", None)
    charges = inside.urlencode()
    inside["group"] = _WITHIN.get(dimensions[-1].key, "unit")
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
        amounts = [_of_month(found, line, month) for month in found.question.months]
        before = [money.to_text(line.before)] if line.compared else []
        yield [*line.labels, line.currency, basis, *amounts, _exact(line.total), *before, line.rows]
    for gone in found.unconverted:
        gap = [""] * (len(found.question.dimensions) - 1)
        empty = [""] * len(found.question.months)
        before = [""] if found.question.compared else []
        label = ["Not converted", *gap]
        yield [*label, gone.currency, basis, *empty, _exact(gone.amount), *before, gone.rows]


def _of_month(found: Summary, line: Line, month: dt.date) -> str:
    """Nothing for a month that no run speaks for: it is not known, and not 0."""
    return money.to_text(line.amounts.get(month, 0)) if month in found.published else ""


def _exact(units: int) -> str:
    return money.to_text(units)


def figure(found: Summary) -> Figure | None:
    """Return bars of one month, or curves over several; None when there is nothing to draw."""
    if not found.lines:
        return None
    return _curves(found) if len(found.question.months) > 1 else _bars(found)


def _bars(found: Summary) -> Figure:
    shown, rest = found.lines[:_BARS], found.lines[_BARS:]
    names = tuple([_named(line) for line in shown] + [_REST] * bool(rest))
    places = tuple(float(place) for place in range(len(names)))
    series = [_series(_when(found.question.months), places, _sizes(shown, rest, "total"))]
    if found.question.compared:
        series.append(
            _series(_when(found.question.compared), places, _sizes(shown, rest, "before"))
        )
    title = f"{_cost(found)} by {_cut(found)}"
    money_axis = Axis(_cost(found), found.currency)
    return Figure("spend", "bar", title, money_axis, Axis("", "", names), tuple(series))


def _cost(found: Summary) -> str:
    return f"{Basis(found.question.basis).label} cost"


def _cut(found: Summary, *before: str) -> str:
    """Return by what the money is cut, in words: ``month, team and phase``."""
    named = [*before, *(one.label.lower() for one in found.question.dimensions)]
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def _sizes(shown: Sequence[Line], rest: Sequence[Line], name: str) -> tuple[float, ...]:
    found = [getattr(line, name) for line in shown]
    if rest:
        found.append(sum(getattr(line, name) for line in rest))
    return tuple(as_float(units) for units in found)


def _series(name: str, x: tuple[float, ...], y: tuple[float, ...]) -> Series:
    return Series(name, x, y)


def _curves(found: Summary) -> Figure:
    """Draw the months that a run speaks for; the others keep their place, without a point."""
    asked = found.question.months
    names = tuple(f"{month:%b %Y}" for month in asked)
    months = [month for month in asked if month in found.published]
    places = tuple(float(asked.index(month)) for month in months)
    shown, rest = found.lines[:_CURVES], found.lines[_CURVES:]
    series = [_series(_named(line), places, _along([line], months)) for line in shown]
    if rest:
        series.append(_series(_REST, places, _along(rest, months)))
    title = f"{_cost(found)} by {_cut(found, 'month')}"
    axes = Axis("", "", names), Axis(_cost(found), found.currency)
    return Figure("spend", "line", title, *axes, tuple(series))


def _along(lines: Sequence[Line], months: Sequence[dt.date]) -> tuple[float, ...]:
    return tuple(as_float(sum(line.amounts.get(month, 0) for line in lines)) for month in months)


def _when(months: Sequence[dt.date]) -> str:
    first, last = f"{months[0]:%b %Y}", f"{months[-1]:%b %Y}"
    return first if first == last else f"{first} to {last}"


def as_float(units: int) -> float:
    """Return an amount for a drawing, where cents do not show; never for adding."""
    return float(money.to_decimal(units))
