"""How performance is shown: sentence, tables, curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audits.engine.checks.plain import between, count, show
from audits.engine.outcome import Axis, Figure, Measure, Series, Table, Threshold, Verdict
from audits.engine.plan import Signature
from audits.engine.statistics.intervals import percentile
from audits.engine.statistics.scores import ranked

CURVE_POINTS = 200
SCATTER_POINTS = 400
RESIDUAL_BINS = 30
NAMES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "rmse": "RMSE",
    "mae": "MAE",
    "mape": "MAPE",
    "r2": "R²",
    "bias": "bias",
}


def summary(
    lead: str,
    current: Any,
    judged: "Sequence[tuple[Measure, Threshold, Verdict]]",
    minimum: int,
) -> str:
    """Say the leading number, then what failed or could not be decided."""
    measure = next((m for m, _, _ in judged if m.name == lead), None)
    value = current.values[lead]
    interval = measure.interval if measure else None
    start = f"{_name(lead)} is {show(value)}{between(interval)} on {count(current.n, 'row')}"
    failed = [_broken(m, t) for m, t, v in judged if v is Verdict.FAIL]
    unsure = [_broken(m, t) for m, t, v in judged if v is Verdict.INSUFFICIENT]
    if failed:
        return f"{start}; not kept: {'; '.join(failed)}."
    if unsure and current.n < minimum:
        return f"{start}; fewer than {minimum:,} rows are too few to decide."
    if unsure:
        return f"{start}; the interval leaves open: {'; '.join(unsure)}."
    return f"{start}; every threshold is kept."


def _name(measure: str) -> str:
    if measure.endswith("_decay"):
        return f"loss of {NAMES[measure.removesuffix('_decay')]} against the reference"
    return NAMES[measure]


def _broken(measure: Measure, threshold: Threshold) -> str:
    word = "at least" if threshold.comparison == ">=" else "at most"
    value = None if measure.value is None else float(measure.value)
    return f"{_name(measure.name)} {show(value)}, {word} {show(threshold.value)} wanted"


def measures_table(names: Sequence[str], measured: Mapping[str, Any], level: float) -> Table:
    rows = []
    for name in names:
        row: list[Any] = [NAMES[name]]
        for role in ("current", "reference"):
            part = measured.get(role)
            if part is None:
                row += [None, None, None]
                continue
            interval = percentile(part.replicates[name], level, "")
            row += [part.values[name]]
            row += [interval.low, interval.high] if interval else [None, None]
        rows.append(tuple(row))
    columns = (
        "Measure",
        "Current",
        "Low",
        "High",
        "Reference",
        "Low (reference)",
        "High (reference)",
    )
    return Table("measures", "Performance with intervals", columns, tuple(rows))


def confusion(truth: Any, score: Any, signature: Signature) -> Table:
    decided = score >= signature.threshold
    label = str(signature.positive_label)
    rows = []
    for name, mask in ((f"truly {label}", truth), (f"truly not {label}", ~truth)):
        chosen, total = int(np.count_nonzero(decided & mask)), int(np.count_nonzero(mask))
        rows.append((name, chosen, total - chosen, total))
    return Table(
        "confusion",
        f"Decisions at the threshold in use ({show(signature.threshold)})",
        ("", f"decided {label}", f"decided not {label}", "All"),
        tuple(rows),
    )


def classification_figures(samples: Mapping[str, tuple[Any, Any]]) -> tuple[Figure, ...]:
    roc, precision_recall = [], []
    for role, (truth, score) in samples.items():
        rows = ranked(truth, score, 0.5)
        true = np.cumsum(rows.truth)[rows.ends]
        false = rows.ends + 1 - true
        thin = thinned(true.size)
        recall, fall_out = true / true[-1], false / false[-1]
        precision = true / (rows.ends + 1)
        roc.append(Series(role, (0.0, *plain(fall_out[thin])), (0.0, *plain(recall[thin]))))
        precision_recall.append(Series(role, plain(recall[thin]), plain(precision[thin])))
    return (
        Figure(
            "roc",
            "roc",
            "Who is told apart (ROC)",
            Axis("False positive rate", "share"),
            Axis("True positive rate", "share"),
            tuple(roc),
        ),
        Figure(
            "precision-recall",
            "precision-recall",
            "Precision against recall",
            Axis("Recall", "share"),
            Axis("Precision", "share"),
            tuple(precision_recall),
        ),
    )


def thinned(size: int) -> Any:
    """Return at most ``CURVE_POINTS`` indices, evenly spread, the last one among them."""
    return np.unique(np.linspace(0, size - 1, min(size, CURVE_POINTS)).round().astype(np.int64))


def plain(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def regression_figures(truth: Any, score: Any, rng: np.random.Generator) -> tuple[Figure, ...]:
    size = min(truth.size, SCATTER_POINTS)
    chosen = np.sort(rng.choice(truth.size, size, replace=False))
    residual = score - truth
    low, high = np.quantile(residual, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1.0, RESIDUAL_BINS + 1)
    shares = np.histogram(np.clip(residual, edges[0], edges[-1]), edges)[0] / residual.size
    centres = (edges[1:] + edges[:-1]) / 2
    note = f"A random sample of {size:,} of {truth.size:,} rows."
    return (
        Figure(
            "predicted",
            "scatter",
            "Predicted against actual",
            Axis("Actual"),
            Axis("Predicted"),
            (Series("rows", plain(truth[chosen]), plain(score[chosen])),),
            note,
        ),
        Figure(
            "residuals",
            "histogram",
            "Errors (predicted minus actual)",
            Axis("Error"),
            Axis("Share of rows", "share"),
            (Series("current", plain(centres), plain(shares)),),
        ),
    )
