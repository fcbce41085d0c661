"""A number with its interval, drawn: a value without its uncertainty is read as certainty."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from audits.engine.outcome import Interval, Measure
from governance.portal.components.markup import NOTHING
from governance.portal.components.texts import plain_number

WIDTH = 120.0
MIDDLE = 9
EDGE = 4.0


def as_measure(value: Measure | dict[str, Any]) -> Measure:
    """Return a ``Measure`` from itself or from its stored JSON."""
    if isinstance(value, Measure):
        return value
    interval = value.get("interval")
    return Measure(**{**value, "interval": Interval(**interval) if interval else None})


def measure(
    value: Measure | dict[str, Any] | None,
    low: float | None = None,
    high: float | None = None,
    bound: float | None = None,
    digits: int | None = None,
    tone: str = "",
) -> SafeString:
    """Return value, interval and whisker. ``low`` and ``high`` are the ends of the scale.

    Rows that are compared must be given the same scale; without one it is 0 to 1 when that holds
    every number, else a margin about the interval. ``bound`` is the threshold, a dashed mark.
    """
    if not value:
        return NOTHING
    one = as_measure(value)
    text = format_html("<b>{}</b>", plain_number(one.value, digits))
    if one.unit:
        text = format_html("{} {}", text, one.unit)
    if one.value is None or one.interval is None:
        return format_html('<span class="a-measure-value">{}</span>', text)
    lower, upper = plain_number(one.interval.low, digits), plain_number(one.interval.high, digits)
    return format_html(
        '<span class="a-measure-value" data-tone="{}"><span>{} '
        '<small title="{}">[{}, {}]</small></span>{}</span>',
        tone or "info",
        text,
        f"{one.interval.level:.0%} interval, {one.interval.method}",
        lower,
        upper,
        _whisker(float(one.value), one.interval, _scale(one, low, high, bound), bound),
    )


def _scale(
    one: Measure, low: float | None, high: float | None, bound: float | None
) -> tuple[float, float]:
    interval = one.interval
    found = [float(one.value or 0), bound if bound is not None else float(one.value or 0)]
    if interval:
        found += [interval.low, interval.high]
    least, most = min(found), max(found)
    unit = least >= 0 and most <= 1
    margin = (most - least) * 0.5 or 1.0
    start = low if low is not None else (0.0 if unit else least - margin)
    end = high if high is not None else (1.0 if unit else most + margin)
    return (start, end) if end > start else (start, start + 1.0)


def _whisker(
    value: float, interval: Interval, scale: tuple[float, float], bound: float | None
) -> SafeString:
    def place(at: float) -> str:
        share = (at - scale[0]) / (scale[1] - scale[0])
        return f"{EDGE + min(max(share, 0.0), 1.0) * (WIDTH - 2 * EDGE):.1f}"

    mark = ""
    if bound is not None:
        mark = format_html(
            '<line class="a-whisker-bound" x1="{0}" x2="{0}" y1="1" y2="17"></line>', place(bound)
        )
    return format_html(
        '<svg class="a-whisker" viewBox="0 0 120 18" aria-hidden="true">'
        '<line class="a-whisker-axis" x1="0" x2="120" y1="{y}" y2="{y}"></line>{mark}'
        '<line x1="{low}" x2="{high}" y1="{y}" y2="{y}"></line>'
        '<line x1="{low}" x2="{low}" y1="5" y2="13"></line>'
        '<line x1="{high}" x2="{high}" y1="5" y2="13"></line>'
        '<circle cx="{value}" cy="{y}" r="3.25"></circle></svg>',
        y=MIDDLE,
        mark=mark,
        low=place(interval.low),
        high=place(interval.high),
        value=place(value),
    )
