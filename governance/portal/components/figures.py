"""Figures and tables of an outcome. Every figure carries its numbers as a table beside it."""

import dataclasses
import json
from typing import Any

from django.utils.text import slugify

from audits.engine.outcome import Axis, Cell, Figure, Series, Table, figure_from_json
from governance.portal.components.texts import plain_number

TALL = 12
TALLER = 24
KINDS = frozenset(
    "bar line scatter histogram calibration roc precision-recall heatmap".split()  # noqa: SIM905
)


def as_figure(value: Figure | dict[str, Any]) -> Figure:
    """Return a ``Figure`` from itself or from its stored JSON."""
    return value if isinstance(value, Figure) else figure_from_json(value)


def figure(
    value: Figure | dict[str, Any], prefix: str = "", evidence: str = "", *, title: bool = True
) -> dict[str, Any]:
    """Return what ``ui/figure.html`` shows. ``prefix`` keeps ids apart when keys meet on a page."""
    one = as_figure(value)
    columns, rows = twin(one)
    name = slugify("-".join(filter(None, ("figure", prefix, one.key))))
    return {
        "figure": one,
        "id": name,
        "data": json.dumps(dataclasses.asdict(one), ensure_ascii=False),
        "columns": columns,
        "rows": [[cell(entry) for entry in row] for row in rows],
        "size": _size(one),
        "evidence": evidence,
        "title": title,
    }


def _size(one: Figure) -> str:
    if one.kind not in {"bar", "heatmap"}:
        return ""
    count = max(len(one.x.categories), len(one.series) if one.kind == "heatmap" else 0)
    if one.kind == "bar" and not one.x.categories:
        count = len(one.y.categories)
    return "xl" if count > TALLER else "l" if count > TALL else ""


def twin(one: Figure) -> tuple[list[str], list[list[Cell]]]:
    """Return the figure's numbers as columns and rows: one row per x when all series share it."""
    along = _along(one)
    head = _title(along) or "Value"
    if one.series and all(entry.x == one.series[0].x for entry in one.series):
        columns = [head]
        for entry in one.series:
            name = entry.name or _title(one.y)
            columns += [name, *([f"{name}, low", f"{name}, high"] if entry.low else [])]
        return columns, [
            [_at(along, x), *(part for entry in one.series for part in _point(entry, place))]
            for place, x in enumerate(one.series[0].x)
        ]
    banded = any(entry.low for entry in one.series)
    columns = ["Series", head, _title(one.y) or "Value", *(["Low", "High"] if banded else [])]
    return columns, [
        [entry.name, _at(along, x), *_padded(_point(entry, place), 3 if banded else 1)]
        for entry in one.series
        for place, x in enumerate(entry.x)
    ]


def _along(one: Figure) -> Axis:
    """A bar's categories may stand on either axis; its points are counted along them."""
    return one.y if one.kind == "bar" and one.y.categories and not one.x.categories else one.x


def _title(axis: Axis) -> str:
    return f"{axis.label} ({axis.unit})" if axis.label and axis.unit else axis.label


def _at(axis: Axis, x: float) -> Cell:
    place = int(x)
    return axis.categories[place] if axis.categories and place < len(axis.categories) else x


def _point(entry: Series, place: int) -> list[Cell]:
    band: list[Cell] = [entry.low[place], entry.high[place]] if entry.low and entry.high else []
    return [entry.y[place], *band]


def _padded(cells: list[Cell], width: int) -> list[Cell]:
    return [*cells, *([None] * (width - len(cells)))]


def cell(value: Cell) -> dict[str, Any]:
    """Return a cell's text, and whether it is a number and stands right."""
    if isinstance(value, bool):
        return {"text": "yes" if value else "no", "number": False}
    if value is None:
        return {"text": "—", "number": True}
    is_number = isinstance(value, int | float)
    return {"text": plain_number(value) if is_number else value, "number": is_number}


def table(value: Table | dict[str, Any], caption: str = "") -> dict[str, Any]:
    """Return what ``ui/table.html`` shows of an outcome's table."""
    body = dataclasses.asdict(value) if isinstance(value, Table) else value
    rows = [[cell(entry) for entry in row] for row in body["rows"]]
    numbers = [all(row[place]["number"] for row in rows) for place in range(len(body["columns"]))]
    return {
        "columns": list(zip(body["columns"], numbers, strict=True)),
        "rows": rows,
        "caption": caption or body["title"],
        "note": body.get("note", ""),
    }
