"""How fairness is shown: sentence, tables, charts and notes."""

from collections.abc import Sequence
from typing import Any

from audits.engine.checks.fairness_kinds import Compared, FairnessSettings, Rates
from audits.engine.checks.plain import between, count, percent, show
from audits.engine.outcome import Axis, Figure, Measure, Series, Table, Verdict
from audits.engine.statistics.intervals import wilson

MOST_BARS = 30
NAMES = {
    "impact_ratio": "impact ratio",
    "tpr_gap": "gap of true positive rates",
    "fpr_gap": "gap of false positive rates",
}


def label(group: Rates) -> str:
    return f"{group.column}: {group.name}"


def summary(judged: Sequence[Compared]) -> str:
    ratios = [c for c in judged if c.measure.name == "impact_ratio" and c.measure.value is not None]
    failed = [c for c in judged if c.verdict is Verdict.FAIL]
    unsure = [c for c in judged if c.verdict is Verdict.INSUFFICIENT]
    start = "No group got a favourable decision"
    if ratios:
        lowest = min(ratios, key=lambda c: (float(c.measure.value or 0.0), c.measure.group))
        start = (
            f"{label(lowest.group)} is favoured {percent(lowest.group.selection_rate)} of the time "
            f"against {percent(lowest.reference.selection_rate)} for {label(lowest.reference)}: "
            f"impact ratio {show(float(lowest.measure.value or 0.0))}"
            f"{between(lowest.measure.interval)}"
        )
    if failed:
        return f"{start}. Beyond the limit: {_listed(failed)}."
    if unsure:
        return f"{start}. Too few rows to be sure: {_listed(unsure)}."
    groups = len({(c.group.column, c.group.name) for c in judged})
    return f"{start}. All limits are kept for {count(groups, 'group')}."


def _listed(compared: Sequence[Compared], most: int = 3) -> str:
    names = [f"{NAMES[c.measure.name]} of {label(c.group)}" for c in compared]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def rates_table(rates: Sequence[Rates]) -> Table:
    rows = tuple(
        (
            r.column,
            r.name,
            r.n,
            r.selection_rate,
            r.deserving_selected / r.deserving if r.deserving else None,
            r.deserving,
            r.others_selected / r.others if r.others else None,
            r.others,
        )
        for r in rates
    )
    columns = (
        "Column",
        "Group",
        "Rows",
        "Selection rate",
        "True positive rate",
        "Deserving",
        "False positive rate",
        "Not deserving",
    )
    return Table("rates", "Favourable decisions by group", columns, rows)


def compared_table(compared: Sequence[Compared]) -> Table:
    rows = tuple(
        (
            c.group.column,
            c.group.name,
            c.reference.name,
            NAMES[c.measure.name],
            c.measure.value,
            c.measure.interval.low if c.measure.interval else None,
            c.measure.interval.high if c.measure.interval else None,
            f"{c.threshold.comparison} {show(c.threshold.value)}",
            c.verdict.value if c.judged else f"{c.verdict.value} (shown only)",
        )
        for c in compared
    )
    columns = (
        "Column",
        "Group",
        "Against",
        "Measure",
        "Value",
        "Low",
        "High",
        "Limit",
        "Verdict",
    )
    return Table("comparisons", "Each group against its reference group", columns, rows)


def figures(
    tables: Sequence[Sequence[Rates]], compared: Sequence[Compared], level: float
) -> tuple[Figure, ...]:
    rates = [r for rows in tables for r in rows][:MOST_BARS]
    bands = [wilson(r.selected, r.n, level) for r in rates]
    charts = [
        _bars(
            "selection-rates",
            "Favourable decisions by group",
            "Selection rate",
            [label(r) for r in rates],
            [(r.selection_rate, b.low, b.high) for r, b in zip(rates, bands, strict=True)],
        )
    ]
    ratios = [c for c in compared if c.measure.name == "impact_ratio" and c.measure.interval]
    if ratios:
        charts.append(
            _bars(
                "impact-ratios",
                "Impact ratio (four fifths)",
                "Ratio to the reference group",
                [label(c.group) for c in ratios[:MOST_BARS]],
                [_triple(c.measure) for c in ratios[:MOST_BARS]],
            )
        )
    return tuple(charts)


def _triple(measure: Measure) -> tuple[float, float, float]:
    value = float(measure.value or 0.0)
    if measure.interval is None:
        return value, value, value
    return value, measure.interval.low, measure.interval.high


def _bars(
    key: str, title: str, what: str, names: list[str], values: list[tuple[float, float, float]]
) -> Figure:
    place = tuple(float(i) for i in range(len(names)))
    middle, low, high = (tuple(v[i] for v in values) for i in range(3))
    series = Series("current", place, middle, low, high)
    axis = Axis("Group", categories=tuple(names))
    return Figure(key, "bar", title, axis, Axis(what), (series,), "Whiskers: 95 % intervals.")


def notes(context: Any, settings: FairnessSettings, suppressed: int) -> tuple[str, ...]:
    positive = str(context.signature.positive_label)
    favourable = positive if context.signature.favourable else f"not {positive}"
    rule = {
        "privileged": "the group with the highest selection rate",
        "largest": "the largest group",
    }[settings.reference_group]
    crossed = "judged as well" if settings.judge_crossed else "shown and not judged"
    return (
        f"Favourable means decided {favourable} at the threshold "
        f"{show(context.signature.threshold)}. Reference group: {rule}"
        + (", except where the policy names one." if settings.groups else "."),
        (
            f"{count(suppressed, 'group')} with fewer than {settings.minimum} rows suppressed. "
            f"Crossed groups are {crossed}."
        ),
        "Rates checked against fairlearn's.",
    )


def regression_summary(found: Sequence[tuple[Measure, Verdict]], limit: float) -> str:
    widest, _ = max(found, key=lambda f: (float(f[0].value or 0.0), f[0].group))
    start = (
        f"The largest difference of mean errors is {show(float(widest.value or 0.0))} standard "
        f"deviations of the target{between(widest.interval)}, for {widest.group}"
    )
    if any(v is Verdict.FAIL for _, v in found):
        return f"{start}; at most {show(limit)} is wanted."
    if any(v is Verdict.INSUFFICIENT for _, v in found):
        return f"{start}; some groups have too few rows to be sure."
    return f"{start}; every group keeps the limit."


def errors_table(rows: Sequence[tuple[Any, ...]]) -> Table:
    columns = ("Column", "Group", "Rows", "Mean error (sd of target)", "RMSE (sd of target)")
    return Table("errors", "Errors by group", columns, tuple(rows))
