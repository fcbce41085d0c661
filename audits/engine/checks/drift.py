"""Has the population moved? Features (``drift.columns``), target and predictions.

One rule settles measures that disagree, and it is printed: a column has drifted when its effect
size reaches the threshold *and* its corrected p-value is below alpha. At a million rows a p-value
finds drift that nobody needs to act upon; at fifty rows a distance finds drift that is noise.
Evidently's own score (method pinned and printed) and the bank's PSI stand beside and inform.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks import _evidently as evidently
from audits.engine.checks.columns import coded, features, finite, is_number
from audits.engine.checks.drift_kinds import METHOD_NAMES, SMALL, Column, DriftSettings, Sample
from audits.engine.checks.drift_pages import figures, notes, summary, table
from audits.engine.checks.plain import finish, insufficient
from audits.engine.checks.verdicts import AT_MOST, read_settings
from audits.engine.context import Context
from audits.engine.outcome import Detectable, Measure, Outcome, Threshold, Verdict
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import distances, power
from audits.engine.statistics.multiplicity import CORRECTIONS

COLUMNS, TARGET, PREDICTION = "drift.columns", "drift.target", "drift.prediction"
VERSION = 1


@check(id=COLUMNS, title="Drift of the features")
def check_columns(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Each feature, reference against current; the share of drifted features decides.

    Fail when the drifted share exceeds ``max_share``; insufficient evidence when it could exceed it
    once the columns that had too few values are known. Parameters: ``DriftSettings``.
    """
    settings = read_settings(DriftSettings, parameters)
    reference, current = context.frame("reference"), context.frame("current")
    names = [name for name in features(context, current) if name in reference.columns]
    numbers = {name: is_number(context, current, name) for name in names}
    return _compare(COLUMNS, reference[names], current[names], numbers, settings)


@check(id=TARGET, title="Drift of the target")
def check_target(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """The true outcome, reference against current. Parameters: ``DriftSettings``."""
    settings = read_settings(DriftSettings, parameters)
    name = context.signature.target
    number = context.signature.task is Task.REGRESSION
    frames = []
    for role in ("reference", "current"):
        if not context.has_labels(role):
            return insufficient(TARGET, VERSION, f"The {role} data carry no target “{name}”.")
        frames.append(pd.DataFrame({name: context.labels(role).astype(np.float64)}))
    return _compare(TARGET, frames[0], frames[1], {name: number}, settings)


@check(id=PREDICTION, title="Drift of the predictions")
def check_prediction(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """The model's scores, reference against current. Parameters: ``DriftSettings``."""
    settings = read_settings(DriftSettings, parameters)
    name = "prediction"
    frames = [pd.DataFrame({name: context.scores(role)}) for role in ("reference", "current")]
    return _compare(PREDICTION, frames[0], frames[1], {name: True}, settings)


def _compare(
    id_: str,
    reference: pd.DataFrame,
    current: pd.DataFrame,
    numbers: Mapping[str, bool],
    settings: DriftSettings,
) -> Outcome:
    if not numbers or min(len(reference), len(current)) == 0:
        return insufficient(id_, VERSION, "There are no rows to compare.")
    fast = max(len(reference), len(current)) > settings.large
    samples = {
        name: _samples(reference[name], current[name], number) for name, number in numbers.items()
    }
    found = [_column(name, numbers[name], samples[name], settings) for name in numbers]
    compared = [column for column in found if column.method]
    scores = _fast(compared, samples) if fast else _by_evidently(compared, samples)
    for column in compared:
        column.score = scores[column.name]
    _decide(found, settings)
    source = "numpy, by Evidently's definitions" if fast else f"Evidently {evidently.version()}"
    return _outcome(id_, found, samples, settings, source)


def _samples(reference: Any, current: Any, number: bool) -> Sample:  # noqa: FBT001
    if number:
        left, right = finite(reference), finite(current)
        two = distances.pair(left, right) if min(left.size, right.size) else None
        return Sample(left, right, (), two)
    both = coded(reference, current)
    return Sample(both.counts(0), both.counts(1), both.names)


def _column(name: str, number: bool, sample: Sample, settings: DriftSettings) -> Column:  # noqa: FBT001
    if number:
        sizes = int(sample.reference.size), int(sample.current.size)
    else:
        sizes = int(sample.reference.sum()), int(sample.current.sum())
    column = Column(name, number, *sizes)
    column.limit = settings.max_ks if number else settings.max_cramers_v
    if min(sizes) == 0:
        side = "reference" if sizes[0] == 0 else "current"
        column.reason = f"no values in the {side} data"
        return column
    column.method = _method(number, sizes[0], settings)
    if number and sample.pair is not None:
        column.effect, column.p_value = distances.ks(sample.pair)
        column.psi = distances.psi_deciles(sample.pair)
        column.detectable = power.ks_distance(*sizes, settings.alpha)
    else:
        column.effect, column.p_value = distances.homogeneity(sample.reference, sample.current)
        column.psi = distances.psi(sample.reference / sizes[0], sample.current / sizes[1])
        column.detectable = power.cramers_v(sum(sizes), len(sample.names), settings.alpha)
    return column


def _method(number: bool, rows: int, settings: DriftSettings) -> str:  # noqa: FBT001
    wanted = settings.method_number if number else settings.method_category
    if wanted != "auto":
        return wanted
    if number:
        return "ks" if rows <= SMALL else "wasserstein"
    return "chisquare" if rows <= SMALL else "jensenshannon"


def _by_evidently(columns: list[Column], samples: Mapping[str, Sample]) -> dict[str, float]:
    """Hand Evidently the values without missing ones, padded to one frame."""
    if not columns:
        return {}
    left, right = {}, {}
    for column in columns:
        sample = samples[column.name]
        left[column.name] = _values(column, sample.reference)
        right[column.name] = _values(column, sample.current)
    methods = {column.name: (column.method, column.number) for column in columns}
    return evidently.drift(_padded(left), _padded(right), methods)


def _values(column: Column, values: Any) -> "np.ndarray[Any, Any]":
    if column.number:
        return np.asarray(values)
    return np.repeat(np.arange(values.size, dtype=np.float64), values)


def _padded(columns: Mapping[str, "np.ndarray[Any, Any]"]) -> pd.DataFrame:
    rows = max(values.size for values in columns.values())
    return pd.DataFrame(
        {
            name: np.concatenate([values, np.full(rows - values.size, np.nan)])
            for name, values in columns.items()
        }
    )


def _fast(columns: list[Column], samples: Mapping[str, Sample]) -> dict[str, float]:
    return {column.name: fast_score(column, samples[column.name]) for column in columns}


def fast_score(column: Column, sample: Sample) -> float:
    """Return Evidently's score for one column from numpy, equal to 1e-9."""
    if column.number and sample.pair is not None:
        if column.method == "ks":
            return column.p_value
        if column.method == "wasserstein":
            return distances.wasserstein_normed(sample.pair, float(np.std(sample.reference)))
        shares = distances.number_shares(sample.pair)
    elif column.method == "chisquare":
        return distances.chi_square(sample.reference, sample.current)
    else:
        shares = (
            sample.reference / sample.reference.sum(),
            sample.current / sample.current.sum(),
        )
    if column.method == "psi":
        return distances.psi(*shares)
    return distances.jensen_shannon(*shares)


def _decide(columns: list[Column], settings: DriftSettings) -> None:
    """Correct the p-values over all compared columns, then judge each one."""
    compared = [column for column in columns if column.method]
    if compared:
        p_values = np.array([column.p_value for column in compared])
        adjusted = CORRECTIONS[settings.correction](p_values)
        for column, value in zip(compared, adjusted, strict=True):
            column.adjusted = float(value)
    for column in columns:
        _judge(column, settings)


def _judge(column: Column, settings: DriftSettings) -> None:
    """Drifted: effect and significance. Stable: no effect, and these rows would have shown one."""
    if not column.method:
        return
    small = min(column.n_reference, column.n_current) < settings.minimum
    large_effect = column.effect >= column.limit
    significant = column.adjusted < settings.alpha
    if small:
        column.reason = f"fewer than {settings.minimum} values"
    elif large_effect and significant:
        column.verdict = Verdict.FAIL
    elif large_effect:
        column.reason = "an effect that chance could have made"
    elif column.detectable > column.limit and not significant:
        column.reason = "too few rows to have shown the limit"
    else:
        column.verdict = Verdict.PASS


def _outcome(
    id_: str,
    columns: list[Column],
    samples: Mapping[str, Sample],
    settings: DriftSettings,
    source: str,
) -> Outcome:
    total = len(columns)
    drifted = sum(column.verdict is Verdict.FAIL for column in columns)
    unsure = sum(column.verdict is Verdict.INSUFFICIENT for column in columns)
    limit = settings.max_share if id_ == COLUMNS else 0.0
    verdict = Verdict.PASS
    if drifted / total > limit:
        verdict = Verdict.FAIL
    elif (drifted + unsure) / total > limit:
        verdict = Verdict.INSUFFICIENT
    measures = [Measure("drifted_share", drifted / total, "share", total)]
    measures += [Measure("undecided_columns", unsure, "", total)]
    for column in columns:
        if column.method:
            n = column.n_current
            measures.append(Measure(column.measure, column.effect, "", n, None, column.name))
    return finish(
        Outcome(
            id_,
            VERSION,
            verdict,
            summary(columns, id_),
            tuple(measures),
            (Threshold("drifted_share", AT_MOST, limit),),
            _detectable(columns, settings),
            figures(columns, samples),
            (table(columns, METHOD_NAMES),),
            notes(columns, settings, source),
        )
    )


def _detectable(columns: list[Column], settings: DriftSettings) -> Detectable | None:
    compared = [column for column in columns if column.method]
    if not compared:
        return None
    hardest = max(compared, key=lambda c: (c.detectable / c.limit, c.name))
    return Detectable(
        hardest.measure,
        hardest.detectable,
        hardest.n_reference + hardest.n_current,
        power.POWER,
        f"for {hardest.name}, the column that shows least; alpha {settings.alpha:g} for one test",
    )
