"""The table that says what a chart draws, short enough to stand beside it."""

from collections.abc import Sequence

from reports.render.figures import Axis, Cell, Figure, Series, Table

ROWS = 14
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8)


def twin(figure: Figure) -> Table:
    """Return at most ``ROWS`` rows; a longer series is thinned evenly, first and last kept."""
    if figure.kind == "heatmap":
        return _grid(figure)
    if figure.kind in {"roc", "precision-recall"}:
        return _at_levels(figure)
    xs = sorted({x for series in figure.series for x in series.x})
    kept = _thinned(xs)
    points = [dict(zip(series.x, series.y, strict=True)) for series in figure.series]
    across, up = (figure.x, figure.y) if not figure.y.categories else (figure.y, figure.x)
    rows = tuple(_row(_name(across, x), [series.get(x) for series in points]) for x in kept)
    one = len(figure.series) == 1
    names = tuple(up.label if one else series.name for series in figure.series)
    note = "" if len(kept) == len(xs) else f"{len(kept)} of {len(xs)} points; all in evidence.json."
    return Table(figure.key, figure.title, (across.label, *names), rows, note)


def _grid(figure: Figure) -> Table:
    columns = figure.x.categories or tuple(str(x) for x in figure.series[0].x)
    labels = figure.y.categories or tuple(series.name for series in figure.series)
    rows = tuple(
        _row(label, series.y) for label, series in zip(labels, figure.series, strict=False)
    )
    return Table(figure.key, figure.title, (figure.y.label, *columns), rows)


def _at_levels(figure: Figure) -> Table:
    """Read a curve at fixed places, where people compare: points as measured, none in between."""
    words = "at most" if figure.kind == "roc" else "at least"
    rows = tuple(
        _row(
            f"{level:.0%}".replace("%", " %"), [_read(s, level, figure.kind) for s in figure.series]
        )
        for level in LEVELS
    )
    names = tuple(series.name for series in figure.series)
    head = (f"{figure.x.label} {words}", *names)
    return Table(
        figure.key, figure.title, head, rows, f"{figure.y.label}; every point is in evidence.json."
    )


def _read(series: Series, level: float, kind: str) -> Cell:
    points = list(zip(series.x, series.y, strict=True))
    inside = [y for x, y in points if (x <= level if kind == "roc" else x >= level)]
    return max(inside) if inside else None


def _row(name: Cell, values: Sequence[Cell]) -> tuple[Cell, ...]:
    return (name, *values)


def _thinned(xs: list[float]) -> list[float]:
    if len(xs) <= ROWS:
        return xs
    return [xs[round(at * (len(xs) - 1) / (ROWS - 1))] for at in range(ROWS)]


def _name(axis: Axis, x: float) -> Cell:
    place = round(x)
    if axis.categories and 0 <= place < len(axis.categories):
        return axis.categories[place]
    return x
