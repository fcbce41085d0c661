"""Plain words that reports share."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.render import content as c
from reports.render import names, words
from reports.render.figures import Measure, Table

_PAIRS = "Of a favourable and an unfavourable case it scores the right one higher"

DEFINITIONS = (
    c.Definition(
        "Insufficient evidence",
        "The check ran, but the data cannot decide the question. It never counts as a pass.",
    ),
    c.Definition(
        "Interval",
        "The range that holds the true value with the stated confidence, by the stated method.",
    ),
    c.Definition(
        "Reference data", "What the model learnt on or was accepted on; the yardstick for drift."
    ),
    c.Definition("Current data", "The data on which the model is judged in this report."),
    c.Definition(
        "PSI",
        "Population stability index: how far a distribution moved. The binning is named with it.",
    ),
    c.Definition(
        "Impact ratio",
        "A group's selection rate divided by that of the most selected group; the four-fifths "
        "rule asks for at least 0.8.",
    ),
    c.Definition(
        "Contribution (SHAP)",
        "How much one input moved one result away from the average; contributions add up to it.",
    ),
    c.Definition(
        "Digest", "SHA-256 of bytes. The same digest means the same bytes, wherever they lie."
    ),
    c.Definition(
        "Ledger",
        "The append-only, hash-chained record of every event; its root fixes all that came before.",
    ),
)


def role(value: str) -> str:
    """Return a role as people write it."""
    return value.replace("_", " ").capitalize()


def items(text: str) -> tuple[str, ...]:
    """Return the lines of a text as items, without list marks."""
    lines = (line.strip().lstrip("-*• ").strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def tier_reasons(reasons: Sequence[Any]) -> tuple[str, ...]:
    """Return why a case has its tier, one short phrase for each factor that counted."""
    return tuple(_reason(one) if isinstance(one, Mapping) else str(one) for one in reasons)


def _reason(one: Mapping[str, Any]) -> str:
    title, points = str(one.get("title", "")), one.get("points")
    because = _because(one)
    counted = f"{title} {points}" if points is not None else title
    return f"{counted} ({because})" if because else counted


def _because(one: Mapping[str, Any]) -> str:
    """Return the cause without the factor's name, which stands before it."""
    text, title = str(one.get("because", "")), str(one.get("title", ""))
    return text[len(title) + 1 :].strip() if text.lower().startswith(f"{title.lower()}:") else text


def tier_table(tier: int, reasons: Sequence[Any]) -> Table | None:
    """Return the factors with their points as a table."""
    found = [one for one in reasons if isinstance(one, Mapping)]
    if not found:
        return None
    rows = tuple((str(one.get("title", "")), one.get("points"), _because(one)) for one in found)
    return Table("tier", f"Why tier {tier}", ("Factor", "Points", "Because"), rows)


def claim(measure: Measure, where: str) -> str:
    """Return what a headline measure means, in one plain sentence, and what it was measured on."""
    return f"{_meaning(measure)} Measured on {words.number(measure.n)} rows of {where}."


def _meaning(measure: Measure) -> str:
    value = measure.value or 0.0
    if measure.name == "roc_auc":
        pairs = words.percent(round(value, 3))
        return f"{_PAIRS} in {pairs} of pairs; chance alone gives 50 %."
    if measure.name == "r2":
        return f"It explains {words.percent(value)} of the variation in what it predicts."
    if measure.name == "accuracy":
        return f"It decides rightly in {words.percent(value)} of cases."
    if measure.name in {"mae", "rmse"}:
        return f"Its predictions are off by about {words.number(value)}."
    return f"{names.full(measure.name)} is {words.amount(measure)}."
