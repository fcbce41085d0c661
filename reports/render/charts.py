"""Figures → SVG, drawn by matplotlib (imported here only).

Readable in grey: series differ in lightness, dash, marker and hatch before they differ in hue, and
the hues hold for the common colour blindnesses. Byte-identical for the same figure: fixed hash
salt, no date, identifiers derived from the figure's key.
"""

import io
import math
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.render.figures import Figure, Series
from reports.render.fonts import truetype
from reports.render.svg import plain_svg
from reports.render.words import number

INK, MUTED, GRID = "#1c2430", "#5d6673", "#dfe3e8"
COLOURS = ("#1f3a5f", "#c2601a", "#5fa8a3", "#8a8f98", "#7a4f7f", "#b5a642")
DASHES = ("-", (0, (5, 1.6)), (0, (1.4, 1.4)), (0, (6, 1.5, 1.4, 1.5)), "-", (0, (3, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")
WIDTHS = {"whole": 6.69, "beside": 4.41, "half": 3.23}  # inches: 170, 112 and 82 mm
DIAGONALS = ("calibration", "roc")
CROWDED = 24  # letters of labels along an axis, from which on they are turned
_STYLED = threading.Lock()  # matplotlib has one style for the whole process, web threads are many
LIMIT = "limit"  # a series of this name is drawn as marks across the bars


def figure_svg(figure: Figure, fonts: Path, *, room: str = "whole") -> Markup:
    """Return the chart as an inline ``<svg>`` without script, style or outside reference.

    ``room`` is the width: ``whole`` line, ``beside`` its table twin, or ``half``.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with _STYLED, mpl.rc_context(_style(_family(fonts))):
        canvas = Canvas(figsize=(WIDTHS[room], _height(figure, room)), layout="constrained")
        FigureCanvasSVG(canvas)
        axes = canvas.add_subplot()
        DRAWERS.get(figure.kind, _lines)(axes, figure)
        _finish(axes, figure)
        target = io.BytesIO()
        canvas.savefig(target, format="svg", transparent=True, metadata={"Date": None})
    return plain_svg(target.getvalue(), figure.key, figure.title)


def _style(family: str) -> Any:
    return {
        "svg.hashsalt": "assay",
        "svg.fonttype": "none",
        "text.parse_math": False,  # a dollar sign in a column name is a dollar sign
        "font.family": [family, "DejaVu Sans"],
        "font.size": 7.5,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": MUTED,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.6,
        "legend.frameon": False,
        "legend.fontsize": 7.5,
        "lines.linewidth": 1.4,
        "path.simplify": False,
    }


@cache
def _family(fonts: Path) -> str:
    """Make the packaged face known to matplotlib and return its name; the system's without one."""
    from matplotlib import font_manager

    path = fonts / "noto-sans-latin-400-normal.woff2"
    if not path.exists():
        return "DejaVu Sans"
    with tempfile.NamedTemporaryFile(suffix=".ttf", delete=False) as file:
        file.write(truetype(path))
    font_manager.fontManager.addfont(file.name)
    return str(font_manager.FontProperties(fname=file.name).get_name())


def _categories(figure: Figure) -> tuple[str, ...]:
    return figure.x.categories or figure.y.categories


def _height(figure: Figure, room: str) -> float:
    if figure.kind == "bar":
        bars = max(1, sum(series.name != LIMIT for series in figure.series))
        return min(8.0, 0.65 + 0.13 * len(_categories(figure)) * bars + 0.03)
    if figure.kind == "heatmap":
        return min(8.0, 1.0 + 0.28 * max(1, len(figure.series)))
    if figure.kind in {*DIAGONALS, "precision-recall"}:
        return 2.7 if room == "half" else 3.4
    return 1.75 if room == "half" else 2.3


def _whisk(axes: Any, series: Series, places: list[float]) -> None:
    """Draw the intervals with a white edge, so that they show on the bar and beside it."""
    whiskers = _whiskers(series)
    for colour, thick, cap in (("white", 3.0, 0.0), (INK, 1.0, 2.2)) if whiskers else ():
        axes.errorbar(
            series.y,
            places,
            xerr=whiskers,
            fmt="none",
            ecolor=colour,
            elinewidth=thick,
            capsize=cap,
        )


def _whiskers(series: Series) -> Any:
    if not series.low or not series.high:
        return None
    below = [max(0.0, y - low) for y, low in zip(series.y, series.low, strict=True)]
    above = [max(0.0, high - y) for y, high in zip(series.y, series.high, strict=True)]
    return [below, above]


def _bars(axes: Any, figure: Figure) -> None:
    names = _categories(figure)
    bars = [series for series in figure.series if series.name != LIMIT]
    share = 0.74 / max(1, len(bars))
    for at, series in enumerate(bars):
        offset = (at - (len(bars) - 1) / 2) * share
        places = [x + offset for x in series.x]
        axes.barh(
            places,
            series.y,
            height=share * 0.92,
            label=series.name,
            color=COLOURS[at % 6],
            hatch=HATCHES[at % 6],
            edgecolor="white",
            linewidth=0,
        )
        _whisk(axes, series, places)
    _limits(axes, figure)
    axes.set_yticks(range(len(names)), [_cut(name, 34) for name in names])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=MUTED, linewidth=0.6)
    axes.grid(visible=True, axis="x")


def _limits(axes: Any, figure: Figure) -> None:
    for series in (one for one in figure.series if one.name == LIMIT):
        low, high = [x - 0.45 for x in series.x], [x + 0.45 for x in series.x]
        axes.vlines(series.y, low, high, color=COLOURS[1], linewidth=1.4, label=series.name)


def _lines(axes: Any, figure: Figure) -> None:
    few = all(len(series.x) <= 30 for series in figure.series)  # noqa: PLR2004 - markers stay apart
    for at, series in enumerate(figure.series):
        style: dict[str, Any] = {"color": COLOURS[at % 6], "linestyle": DASHES[at % 6]}
        marks = {"marker": MARKERS[at % 6], "markersize": 3.6} if few else {}
        axes.plot(series.x, series.y, label=series.name, **style, **marks)
        if series.low and series.high:
            axes.fill_between(
                series.x, series.low, series.high, color=COLOURS[at % 6], alpha=0.15, linewidth=0
            )
    axes.grid(visible=True)


def _unit_square(axes: Any, figure: Figure) -> None:
    """Draw shares in the unit square; values of a regression in a square about all of them."""
    ends = [end for series in figure.series for end in (*series.x, *series.y)]
    low, high = min([0.0, *ends]), max([1.0, *ends])
    if figure.kind in DIAGONALS:
        words = "perfect calibration" if figure.kind == "calibration" else "no skill"
        dashes = (0, (2, 2))
        axes.plot([low, high], [low, high], color=MUTED, linewidth=0.8, ls=dashes, label=words)
    _lines(axes, figure)
    margin = (high - low) * 0.01
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(low - margin, high + margin)
    axes.set_aspect("equal")


def _points(axes: Any, figure: Figure) -> None:
    """Draw each series as one path of dots: hundreds of single marks cost a second on paper."""
    for at, series in enumerate(figure.series):
        xs = [value for x in series.x for value in (x, x, math.nan)]
        ys = [value for y in series.y for value in (y, y, math.nan)]
        axes.plot(
            xs,
            ys,
            label=series.name,
            color=COLOURS[at % 6],
            linewidth=2.6,
            solid_capstyle="round",
            alpha=0.6,
        )
    axes.grid(visible=True)


def _steps(axes: Any, figure: Figure) -> None:
    if figure.x.categories:
        _columns(axes, figure)
        return
    for at, series in enumerate(figure.series):
        colour = COLOURS[at % 6]
        axes.fill_between(series.x, series.y, step="mid", color=colour, alpha=0.16, linewidth=0)
        axes.step(
            series.x,
            series.y,
            where="mid",
            label=series.name,
            color=colour,
            linestyle=DASHES[at % 6],
        )
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, axis="y")


def _columns(axes: Any, figure: Figure) -> None:
    share = 0.8 / max(1, len(figure.series))
    for at, series in enumerate(figure.series):
        places = [x + (at - (len(figure.series) - 1) / 2) * share for x in series.x]
        colour, hatch = COLOURS[at % 6], HATCHES[at % 6]
        style = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        axes.bar(places, series.y, width=share * 0.92, label=series.name, **style)
    axes.grid(visible=True, axis="y")


def _cells(axes: Any, figure: Figure) -> None:
    rows = [list(series.y) for series in figure.series]
    image = axes.pcolormesh(rows, cmap="cividis", edgecolors="white", linewidth=0.8)
    columns = figure.x.categories or tuple(number(x) for x in figure.series[0].x)
    labels = figure.y.categories or tuple(series.name for series in figure.series)
    axes.set_xticks([at + 0.5 for at in range(len(columns))], [_cut(name, 16) for name in columns])
    axes.set_yticks([at + 0.5 for at in range(len(labels))], [_cut(name, 30) for name in labels])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    middle = (image.norm.vmin + image.norm.vmax) / 2
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            axes.text(
                column + 0.5,
                row + 0.5,
                number(value),
                ha="center",
                va="center",
                fontsize=7,
                color="white" if value < middle else INK,
            )


DRAWERS: dict[str, Callable[[Any, Figure], None]] = {
    "bar": _bars,
    "line": _lines,
    "scatter": _points,
    "histogram": _steps,
    "calibration": _unit_square,
    "roc": _unit_square,
    "precision-recall": _unit_square,
    "heatmap": _cells,
}


def _finish(axes: Any, figure: Figure) -> None:
    across, up = figure.x, figure.y
    if figure.kind == "bar" and figure.x.categories:
        across, up = figure.y, figure.x
    axes.set_xlabel(_label(across.label, across.unit))
    axes.set_ylabel("" if figure.kind == "bar" else _label(up.label, up.unit))
    axes.set_axisbelow(True)
    if figure.kind not in {"bar", "heatmap"} and figure.x.categories:
        labels = [_cut(name, 14) for name in figure.x.categories]
        crowded = sum(map(len, labels)) > CROWDED
        style = {"rotation": 60, "fontsize": 6.5} if crowded else {}
        axes.set_xticks(range(len(labels)), labels, **style)
    if figure.kind != "heatmap" and len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2)


def _label(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label


def _cut(name: str, size: int) -> str:
    return name if len(name) <= size else f"{name[: size - 1]}…"
