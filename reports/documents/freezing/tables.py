r"""The engine's tables in the form that reads best on paper. Pure: a table in, a table out.

A cell of two lines (``0.802\n0.691 to 0.930``) carries its interval or its verdict small below.
"""

import dataclasses
from collections.abc import Sequence

from reports.render import words
from reports.render.figures import Cell, Table

Row = dict[str, Cell]


def drift(sources: Sequence[tuple[str, Table]]) -> Table:
    """One row for each column of every check of drift, with the evidence that it rests on."""
    head = (
        "Column",
        "State",
        "Shift",
        "Limit",
        "p-value, corrected",
        "PSI",
        "Evidently",
        "Rows",
        "Evidence",
    )
    rows = [_drifted(row, evidence) for evidence, table in sources for row in _rows(table)]
    notes = dict.fromkeys(table.note for _evidence, table in sources if table.note)
    if any(
        _NORMED in str(cell) for _evidence, table in sources for row in table.rows for cell in row
    ):
        notes["Evidently's Wasserstein distance is normed. Rows: reference / current."] = None
    return Table("drift", "Shift of each column", head, tuple(rows), " ".join(notes))


def _drifted(row: Row, evidence: str) -> tuple[Cell, ...]:
    state = str(row.get("State", ""))
    why = str(row.get("Why undecided") or "")
    rows = f"{words.number(row.get('n reference'))} / {words.number(row.get('n current'))}"
    method = str(row.get(_METHOD) or "").removesuffix(_NORMED)
    score = f"{words.number(row.get(_SCORE))} {method}" if method else ""
    return (
        row.get("Column"),
        f"{state}\n{why}" if why else state,
        f"{words.number(row.get('Size'))} {row.get('Effect')}",
        row.get("Limit"),
        _chance(row.get("p-value, corrected")),
        _chance(row.get("PSI, deciles")),
        score,
        rows,
        evidence,
    )


_SCORE, _METHOD, _NORMED = "Evidently's score", "Evidently's method", ", normed"
_LEAST = 0.001


def _chance(value: Cell) -> Cell:
    small = isinstance(value, float) and value < _LEAST
    return "below 0.001" if small else words.number(value)


def quality(table: Table) -> Table:
    """Leave out columns of the table in which every feature has a zero, and say which."""
    rows = _rows(table)
    zero = [head for head in table.columns if rows and all(_nought(row[head]) for row in rows)]
    if not zero:
        return table
    kept = tuple(head for head in table.columns if head not in zero)
    said = f"None in any feature: {', '.join(head.lower() for head in zero)}."
    note = f"{table.note} {said}".strip()
    lines = tuple(tuple(row[head] for head in kept) for row in rows)
    return dataclasses.replace(table, columns=kept, rows=lines, note=note)


def _nought(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0


def disturbances(table: Table) -> Table | None:
    """Print the table only where it names features; else the measures say the same."""
    return table if any(row.get("Feature") for row in _rows(table)) else None


def segments(table: Table) -> Table:
    """Join column and segment, and set the interval below the shortfall."""
    if not {"Column", "Segment", "Weaker by", "Low", "High"} <= set(table.columns):
        return table
    left_out = {"Column", "Segment", "Weaker by", "Low", "High", "Verdict"}
    middle = [head for head in table.columns if head not in left_out]
    head = ("Segment", *middle, "Weaker by (interval)", "Verdict")
    lines = tuple(
        (
            f"{row['Column']}: {row['Segment']}",
            *(row[name] for name in middle),
            f"{words.number(row['Weaker by'])} ({_span(row)})",
            _verdict(row),
        )
        for row in _rows(table)
    )
    return dataclasses.replace(table, columns=head, rows=lines)


def rates(table: Table) -> Table:
    """Join column and group; a rate of a part of the rows names how many rows that part has."""
    parts = {"True positive rate": "Deserving", "False positive rate": "Not deserving"}
    if not {"Column", "Group", *parts, *parts.values()} <= set(table.columns):
        return table
    left_out = {"Column", "Group", *parts.values()}
    kept = [head for head in table.columns if head not in left_out]
    lines = tuple(
        (_group(row), *(_rate(row, name, parts.get(name, "")) for name in kept))
        for row in _rows(table)
    )
    return dataclasses.replace(table, columns=("Group", *kept), rows=lines)


def _rate(row: Row, name: str, part: str) -> Cell:
    value = row[name]
    if "rate" not in name.lower() or not isinstance(value, float | int):
        return value
    return f"{words.percent(value)} of {words.number(row[part])}" if part else words.percent(value)


def comparisons(table: Table) -> Table:
    """One row for each group, one column for each measure: value, interval and verdict."""
    rows = _rows(table)
    if not rows or not {"Column", "Group", "Against", "Measure", "Verdict"} <= set(table.columns):
        return table
    measures = list(dict.fromkeys(str(row["Measure"]) for row in rows))
    groups = list(dict.fromkeys((_group(row), str(row["Against"])) for row in rows))
    cells = {(_group(row), str(row["Against"]), str(row["Measure"])): row for row in rows}
    limits = {str(row["Measure"]): _limit(row.get("Limit")) for row in rows}
    head = ("Group", "Against", *(f"{name}\n{limits[name]}" for name in measures))
    lines = tuple(
        (group, against, *(_compared(cells.get((group, against, name))) for name in measures))
        for group, against in groups
    )
    return dataclasses.replace(table, columns=head, rows=lines)


def _compared(row: Row | None) -> Cell:
    if row is None:
        return ""
    return f"{words.number(row.get('Value'))} ({_span(row)})\n{_verdict(row)}"


def _verdict(row: Row) -> str:
    return str(row.get("Verdict") or "").replace("insufficient evidence", "undecided")


def _limit(text: Cell) -> str:
    said = str(text or "")
    for sign, spoken in words.COMPARISONS.items():
        if said.startswith(f"{sign} "):
            return f"{spoken} {said.removeprefix(sign).strip()}"
    return said


def digests(table: Table) -> Table:
    """Print a digest once where plan and use are the same."""
    rows = _rows(table)
    if any(row.get("Plan") != row.get("In use") for row in rows):
        return table
    lines = tuple((row.get("What"), row.get("In use"), "as in the plan") for row in rows)
    return dataclasses.replace(table, columns=("What", "SHA-256", "State"), rows=lines)


def _group(row: Row) -> str:
    return f"{row['Column']}: {row['Group']}"


def _span(row: Row) -> str:
    low, high = words.column([row.get("Low"), row.get("High")])
    return f"{low} to {high}"


def _rows(table: Table) -> list[Row]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
