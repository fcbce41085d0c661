"""Numbers, instants and verdicts as a careful writer would set them.

Every function takes frozen content and returns plain text; escaping is the template's business.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypeGuard

from reports.render import names
from reports.render.figures import Cell, Interval, Measure, Threshold, Verdict

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MANY = 1e15

VERDICT_WORDS = {
    Verdict.PASS: "Pass",
    Verdict.FAIL: "Fail",
    Verdict.INSUFFICIENT: "Insufficient evidence",
    Verdict.ERROR: "Not carried out",
}
VERDICT_TONES = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INSUFFICIENT: "conditional",
    Verdict.ERROR: "neutral",
}
COMPARISONS = {"<=": "at most", ">=": "at least", "<": "below", ">": "above"}


def number(value: Cell) -> str:
    """Return a number with about four telling digits; text passes through, ``None`` is a dash."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return NONE
    return _digits(value).replace("-", MINUS)


def column(values: Sequence[Cell]) -> list[str]:
    """Return a column's cells with one number of decimals, so that the points stand in line.

    Columns of very small or very large numbers are set cell by cell.
    """
    numbers = [v for v in values if isinstance(v, float) and v and math.isfinite(v)]
    sizes = [abs(v) for v in numbers]
    fractions = any(v != int(v) for v in numbers)
    if not fractions or max(sizes) < 0.01 or max(sizes) >= 10_000:  # noqa: PLR2004
        return [number(value) for value in values]
    decimals = 1 if max(sizes) >= 100 else 2 if max(sizes) >= 10 else 3  # noqa: PLR2004
    return [
        f"{value:,.{decimals}f}".replace("-", MINUS) if _real(value) else number(value)
        for value in values
    ]


def _real(value: Cell) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _digits(value: float) -> str:
    size = abs(value)
    if value == int(value) and size < MANY:
        return f"{int(value):,}"
    if size >= MANY or size < 0.0001:  # noqa: PLR2004 - below this, decimals hide the digits
        base, power = f"{value:.2e}".split("e")
        return f"{base} {TIMES} 10{str(int(power)).translate(_RAISED)}"
    decimals = 0 if size >= 10_000 else 1 if size >= 100 else 2 if size >= 10 else 3  # noqa: PLR2004
    return f"{value:,.{decimals if size >= 0.01 else 4}f}"  # noqa: PLR2004


def interval(value: Interval | None) -> str:
    """Return ``0.712 to 0.749``."""
    return f"{number(value.low)} to {number(value.high)}" if value else ""


def level(value: Interval | None) -> str:
    """Return ``95 % interval, bootstrap percentile, B=400``."""
    if value is None:
        return ""
    return f"{number(round(value.level * 100, 2))} % interval, {value.method}"


def percent(share: float) -> str:
    """Return ``7.9 %``: two telling digits, three from ten percent on."""
    value = share * 100
    size = abs(value)
    if value and size < 0.01:  # noqa: PLR2004 - below this, decimals hide the digits
        return f"{number(value)} %"
    decimals = 0 if value == int(value) else 1 if size >= 1 else 2
    return f"{value:,.{decimals}f} %".replace("-", MINUS)


def amount(measure: Measure) -> str:
    """Return a measure's number alone: shares in percent, everything else as it is."""
    if measure.value is not None and names.is_share(measure):
        return percent(measure.value)
    return number(measure.value)


def span(measure: Measure) -> str:
    """Return a measure's interval in the form of its number: ``5.8 to 17.9 %``."""
    found = measure.interval
    if found is None:
        return ""
    if names.is_share(measure):
        return f"{percent(found.low).removesuffix(' %')} to {percent(found.high)}"
    low, high = column([found.low, found.high])
    return f"{low} to {high}"


def threshold(measure: Measure, bounds: tuple[Threshold, ...]) -> str:
    """Return the bound on this measure in words, or nothing when none was set.

    A bound on the current data does not bind the reference beside it.
    """
    mine = [
        bound
        for bound in bounds
        if bound.measure == f"{measure.name}[{measure.group}]"
        or (bound.measure == measure.name and measure.group != "reference")
    ]
    form = percent if names.is_share(measure) else number
    return "; ".join(
        f"{COMPARISONS.get(bound.comparison, bound.comparison)} {form(bound.value)}"
        for bound in mine
    )


def clamped(text: str, limit: int) -> str:
    """Return at most ``limit`` characters, cut after a sentence or at a word, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    stop = max(head.rfind(". "), head.rfind("; "))
    if stop > limit * 0.6:
        return f"{head[:stop]} …"
    return f"{head.rsplit(' ', 1)[0].rstrip(',;:.')} …"


def heading(name: str) -> str:
    """Return an identifier or a label as the head of a column: ``approved_share`` → …"""
    return names.sentence(name)


def instant(text: str) -> str:
    """Return ``23 November 2026, 06:15 UTC``; anything that is not an instant comes back as is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= len("2026-11-23"):
        return day(text)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def day(text: str) -> str:
    """Return ``23 November 2026``; anything that is not a date comes back as is."""
    try:
        moment = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{moment.day} {moment:%B %Y}"


def short_code(digest: str) -> str:
    """Return the eight characters that a person types to look a report up: ``K7QM-4RTX``.

    Forty bits of the content digest in Crockford's base 32, which has no I, L, O or U.
    """
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = int(digest[:10], 16)
    code = "".join(letters[(bits >> shift) & 31] for shift in range(35, -1, -5))
    return f"{code[:4]}-{code[4:]}"


def grouped(digest: str) -> str:
    """Return a digest in groups of eight, which the eye can compare."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
