import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from matplotlib import rcParams

from reports.render import charts
from reports.render.charts import figure_svg
from reports.render.figures import Axis, Figure, Series
from reports.render.fonts import fonts_dir
from reports.render.twins import ROWS, twin
from tests.reports.render import figures as sample

FIGURES = [
    sample.roc,
    sample.calibration,
    sample.importance,
    sample.histogram,
    sample.fairness,
    sample.heatmap,
    sample.dependence,
    sample.months,
]
HOSTILE = '</svg><script>alert(1)</script><image href="http://127.0.0.1/"/>'


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_each_kind_of_figure_is_plain_svg(make):
    svg = str(figure_svg(make(), fonts_dir()))
    assert svg.startswith("<svg")
    assert not re.search(r"<script|<style|style=|<image|<metadata|href=\"(?!#)", svg)
    assert 'role="img"' in svg


def test_the_same_figure_is_drawn_the_same_in_a_fresh_process():
    code = (
        "from tests.reports.render.figures import histogram as f\n"
        "from reports.render.charts import figure_svg as d\n"
        "from reports.render.fonts import fonts_dir as p\n"
        "print(d(f(), p()))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert fresh == str(figure_svg(sample.histogram(), fonts_dir()))


def test_figures_drawn_at_once_do_not_take_each_others_style(monkeypatch):
    names = ("$1 to $2", "a $b$")
    series = (Series("s", (0.0, 1.0), (1.0, 2.0)),)
    figure = Figure("dollars", "bar", "Dollars", Axis("$"), Axis("", categories=names), series)
    plain, alone, before = charts.DRAWERS["bar"], figure_svg(figure, fonts_dir()), dict(rcParams)

    def slowly(axes, what):
        time.sleep(0.3)
        plain(axes, what)

    monkeypatch.setitem(charts.DRAWERS, "bar", slowly)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(figure_svg, figure, fonts_dir())
        time.sleep(0.15)
        second = threads.submit(figure_svg, figure, fonts_dir())
    assert [first.result(), second.result()] == [alone, alone]
    assert dict(rcParams) == before


def test_words_in_figures_are_escaped():
    hostile = Figure(
        HOSTILE,
        "line",
        HOSTILE,
        Axis(HOSTILE, HOSTILE),
        Axis(HOSTILE),
        (Series(HOSTILE, (0.0, 1.0), (0.0, 1.0)), Series("$\\frac{1}{0$", (0.0,), (1.0,))),
    )
    svg = str(figure_svg(hostile, fonts_dir()))
    assert "<script" not in svg
    assert "<image" not in svg


def test_a_figure_without_points_is_still_drawn():
    empty = Figure("e", "bar", "Empty", Axis("x"), Axis("y", categories=()), ())
    assert "<svg" in figure_svg(empty, fonts_dir())


def test_colours_differ_in_lightness_so_that_grey_paper_can_be_read():
    from reports.render.charts import COLOURS

    light = sorted(
        0.2126 * int(c[1:3], 16) + 0.7152 * int(c[3:5], 16) + 0.0722 * int(c[5:], 16)
        for c in COLOURS[:3]
    )
    assert min(b - a for a, b in pairwise(light)) > 15


def test_long_series_are_thinned_in_the_table_and_say_so():
    table = twin(sample.months())
    assert len(table.rows) <= ROWS
    points = tuple(float(at) for at in range(100))
    long = Figure("l", "line", "L", Axis("x"), Axis("y"), (Series("s", points, points),))
    table = twin(long)
    assert len(table.rows) == ROWS
    assert (table.rows[0][0], table.rows[-1][0]) == (0, 99)
    assert "all in evidence.json" in table.note


def test_a_curve_is_read_at_fixed_places_at_measured_points_alone():
    series = (Series("current", (0.0, 0.04, 0.3, 1.0), (0.0, 0.4, 0.7, 1.0)),)
    table = twin(Figure("r", "roc", "R", Axis("FPR"), Axis("TPR"), series))
    assert table.rows[0] == ("5 %", 0.4)
    assert table.rows[2] == ("20 %", 0.4)
    assert table.rows[3] == ("30 %", 0.7)


def test_a_calibration_of_values_is_not_squeezed_into_the_unit_square():
    series = (Series("current", (-16.0, 20.0, 140.0), (-17.0, 20.0, 146.0)),)
    svg = figure_svg(
        Figure("c", "calibration", "C", Axis("predicted"), Axis("true"), series), fonts_dir()
    )
    assert ">100<" in str(svg)
