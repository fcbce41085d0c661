"""How a section's blocks stand on the page: charts in pairs, measures of groups as matrices.

Pure: frozen blocks in, plain rows for the templates out. Nothing here changes what is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.render import names, words
from reports.render.content import Block, DataTable, FigureBlock, MeasureTable, Section, VerdictRow
from reports.render.figures import Measure, Table, Threshold, Verdict

Numbered: TypeAlias = tuple[Block, int | None]
CURVES = frozenset({"roc", "precision-recall"})  # their tables are short: one below each
NARROW, NARROW_ROWS = 74, 24  # letters and rows of a table that stands beside its chart
BESIDE = frozenset({"", "reference", "current", "challenger"})  # groups that head columns


@dataclass(frozen=True, slots=True)
class Line:
    """One block over the whole width, or two charts side by side."""

    items: tuple[Numbered, ...]

    @property
    def pair(self) -> bool:
        return len(self.items) > 1

    @property
    def tabled(self) -> bool:
        return isinstance(self.items[-1][0], DataTable)


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: what is said, and what is said small below it."""

    text: str
    small: str = ""
    number: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawn table; ``head`` holds each column's name and what is required of it."""

    head: tuple[Spot, ...]
    rows: tuple[tuple[Spot, ...], ...]
    note: str = ""
    stacked: bool = False  # the small part goes below, not beside


def lines(section: Section, at: int, numbering: dict[tuple[int, int], int]) -> list[Line]:
    """Return the drawn blocks of a section: charts in pairs, a chart beside its own table."""
    items = [
        (block, numbering.get((at, nth)))
        for nth, block in enumerate(section.blocks)
        if getattr(block, "drawn", True)
    ]
    found: list[Line] = []
    charts: list[Numbered] = []
    while items:
        item = items.pop(0)
        if items and _beside(item[0], items[0][0]):
            found += [*_paired(charts), Line((item, items.pop(0)))]
            charts = []
        elif _small(item[0]):
            charts.append(item)
        else:
            found += [*_paired(charts), Line((item,))]
            charts = []
    return [*found, *_paired(charts)]


def _small(block: Block) -> bool:
    """Tell whether a chart may share its line with another one."""
    return isinstance(block, FigureBlock) and (not block.twin or block.figure.kind in CURVES)


def _beside(chart: Block, table: Block) -> bool:
    """Tell whether a table prints the chart's numbers and fits beside it."""
    return (
        isinstance(chart, FigureBlock)
        and isinstance(table, DataTable)
        and not chart.twin
        and chart.figure.kind in {"bar", "calibration"}
        and len(table.table.rows) <= NARROW_ROWS
        and _letters(table.table) <= NARROW
    )


def _letters(table: Table) -> int:
    """Return the letters that the widest line of a table would need."""
    texts = [words.column(cells) for cells in zip(*table.rows, strict=True)]
    return sum(max(map(len, cells)) + 1 for cells in texts)


def _paired(charts: list[Numbered]) -> list[Line]:
    """Set an odd chart out first, over the whole width: it is the one that sums up."""
    odd = len(charts) % 2
    alone = [Line((chart,)) for chart in charts[:odd]]
    rest = charts[odd:]
    return alone + [Line(tuple(rest[n : n + 2])) for n in range(0, len(rest), 2)]


def sheets(block: MeasureTable) -> list[Sheet]:
    """Return one row for each measure; measures of many groups one row for each group."""
    plain = [m for m in block.measures if m.group in BESIDE]
    grouped = [m for m in block.measures if m.group not in BESIDE]
    found = [_list(plain, block.thresholds)] if plain else []
    return found + ([_matrix(grouped, block.thresholds)] if grouped else [])


def _list(measures: list[Measure], bounds: tuple[Threshold, ...]) -> Sheet:
    groups = list(dict.fromkeys(m.group for m in measures))
    usual = {group: _unique(m.n for m in measures if m.group == group) for group in groups}
    titles = [words.heading(g or ("current" if len(groups) > 1 else "value")) for g in groups]
    head = [Spot("Measure", number=False), *(Spot(title) for title in titles)]
    if any(words.threshold(m, bounds) for m in measures):
        head.append(Spot("Required", number=False))
    rows = [
        _measure_row([m for m in measures if m.name == name], bounds, usual)[: len(head)]
        for name in dict.fromkeys(m.name for m in measures)
    ]
    return Sheet(tuple(head), tuple(rows), _method(measures, titles, list(usual.values())))


def _measure_row(
    mine: list[Measure], bounds: tuple[Threshold, ...], usual: dict[str, int | None]
) -> tuple[Spot, ...]:
    by_group = {m.group: m for m in mine}
    cells = [_spot(by_group.get(group), n) for group, n in usual.items()]
    required = "; ".join(filter(None, (words.threshold(m, bounds) for m in mine)))
    first = Spot(names.full(mine[0].name), names.unit(mine[0]), number=False)
    return (first, *cells, Spot(required, number=False))


def _matrix(measures: list[Measure], bounds: tuple[Threshold, ...]) -> Sheet:
    columns = list(dict.fromkeys(m.name for m in measures))
    groups = list(dict.fromkeys(m.group for m in measures))
    cells = {(m.group, m.name): m for m in measures}
    head = [Spot("Group", number=False), Spot("Rows")]
    head += [_heading(name, measures, bounds) for name in columns]
    rows = []
    for group in groups:
        mine = [m for m in measures if m.group == group]
        most = max((m.n for m in mine if m.n is not None), default=None)
        spots = [_spot(cells.get((group, name)), most) for name in columns]
        rows.append((Spot(group, number=False), Spot(words.number(most)), *spots))
    return Sheet(tuple(head), tuple(rows), _method(measures, [], []), stacked=True)


def _heading(name: str, measures: list[Measure], bounds: tuple[Threshold, ...]) -> Spot:
    first = next(m for m in measures if m.name == name)
    return Spot(names.short(name), words.threshold(first, bounds))


def _spot(measure: Measure | None, usual: int | None) -> Spot:
    if measure is None:
        return Spot("")
    small = words.span(measure)
    if measure.n is not None and measure.n != usual:
        small = f"{small}, n {words.number(measure.n)}".removeprefix(", ")
    return Spot(words.amount(measure), small)


def _method(measures: Sequence[Measure], titles: list[str], counts: list[int | None]) -> str:
    """Return how many rows the numbers rest on, and how the intervals were made."""
    levels = dict.fromkeys(words.level(m.interval) for m in measures if m.interval)
    known = [(t, n) for t, n in zip(titles, counts, strict=True) if n is not None]
    if len(titles) == 1:
        said = [f"{words.number(n)} rows" for _title, n in known]
    else:
        said = [f"{title}: {words.number(n)} rows" for title, n in known]
    return "; ".join([*said, *levels])


def _unique(values: Iterable[int | None]) -> int | None:
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def tally(rows: Sequence[VerdictRow]) -> str:
    """Return ``8 passed, 2 failed, 4 could not be decided``."""
    said = {
        Verdict.PASS: "passed",
        Verdict.FAIL: "failed",
        Verdict.INSUFFICIENT: "not decided for lack of evidence",
        Verdict.ERROR: "not carried out",
    }
    counts = [(sum(row.verdict is one for row in rows), text) for one, text in said.items()]
    return ", ".join(f"{count} {text}" for count, text in counts if count)


def foremost(rows: Sequence[VerdictRow], most: int) -> Sequence[VerdictRow]:
    """Return the rows in their order; of too many, those that did not pass come first."""
    if len(rows) <= most:
        return rows
    return sorted(rows, key=lambda row: row.verdict is Verdict.PASS)[:most]
