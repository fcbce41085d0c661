"""What a data scientist would write: the same libraries for the same point values, no framework.

It computes no intervals, no verdicts, no detectable effects and no group tables of its own, so it
does less than the audit that it is compared with. Run alone it is the cold start:
``python benchmarks/audit_bare.py FOLDER``.
"""

import io
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("DO_NOT_TRACK", "1")
warnings.simplefilter("ignore")

NUMBERS = [f"x{i:02d}" for i in range(25)]
CATEGORIES = [f"c{i}" for i in range(5)]
SAMPLE = 1000


def _definition(*, labelled):
    from evidently import BinaryClassification, DataDefinition

    task = BinaryClassification(
        target="target", prediction_labels=None, prediction_probas="score", pos_label=1
    )
    return DataDefinition(
        numerical_columns=[*NUMBERS, "score"] if labelled else NUMBERS,
        categorical_columns=[*CATEGORIES, "target"] if labelled else CATEGORIES,
        classification=[task] if labelled else None,
    )


def _drift_metrics(rows):
    from evidently.metrics import ValueDrift

    number, category = ("wasserstein", "jensenshannon") if rows > 1000 else ("ks", "chisquare")
    return [
        *(ValueDrift(column=name, method=number) for name in [*NUMBERS, "score"]),
        *(ValueDrift(column=name, method=category) for name in [*CATEGORIES, "target"]),
    ]


def _quality_metrics():
    from evidently import metrics as m

    per_column = [m.MissingValueCount(column=name) for name in [*NUMBERS, *CATEGORIES]]
    return [m.DuplicatedRowCount(), m.EmptyRowsCount(), m.ConstantColumnsCount(), *per_column]


def _performance_metrics():
    from evidently import metrics as m

    at = {"probas_threshold": 0.5}
    return [
        m.RocAuc(),
        m.LogLoss(),
        m.Accuracy(**at),
        m.Precision(**at),
        m.Recall(**at),
        m.F1Score(**at),
    ]


def column_lists(frames):
    """Evidently with a list of metrics: the thrifty way."""
    from evidently import Dataset, Report

    definition = _definition(labelled=True)
    data = {role: Dataset.from_pandas(frame, definition) for role, frame in frames.items()}
    rows = len(frames["reference"])
    drift = Report(_drift_metrics(rows)).run(data["current"], data["reference"]).dict()
    quality = Report(_quality_metrics()).run(data["current"], None).dict()
    performance = [Report(_performance_metrics()).run(part, None).dict() for part in data.values()]
    return drift, quality, performance


def presets(frames):
    """Evidently's presets: the way of its tutorials."""
    from evidently import Dataset, Report
    from evidently.presets import ClassificationPreset, DataDriftPreset, DataSummaryPreset

    definition = _definition(labelled=True)
    data = [Dataset.from_pandas(frames[role], definition) for role in ("current", "reference")]
    wanted = DataDriftPreset(), DataSummaryPreset(), ClassificationPreset()
    return [Report([preset]).run(*data).dict() for preset in wanted]


def _significance(frames):
    """Effect sizes and p-values, column by column, with scipy."""
    import pandas as pd
    from scipy import stats

    reference, current = frames["reference"], frames["current"]
    found = [stats.ks_2samp(reference[name], current[name]) for name in [*NUMBERS, "score"]]
    for name in [*CATEGORIES, "target"]:
        table = pd.concat([reference[name].value_counts(), current[name].value_counts()], axis=1)
        found.append(stats.chi2_contingency(table.fillna(0).to_numpy().T, correction=False))
    return found


def _curves(frame):
    from sklearn import metrics
    from sklearn.calibration import calibration_curve

    truth, score = frame["target"], frame["score"]
    return (
        metrics.average_precision_score(truth, score),
        metrics.brier_score_loss(truth, score),
        metrics.roc_curve(truth, score),
        metrics.precision_recall_curve(truth, score),
        metrics.confusion_matrix(truth, score >= 0.5),
        calibration_curve(truth, score, n_bins=10, strategy="quantile"),
    )


def _explained(frames, booster):
    import numpy as np
    import shap
    import xgboost

    names, found = [*NUMBERS, *CATEGORIES], []
    explainer = shap.TreeExplainer(booster)
    for frame in frames.values():
        sample = frame[names].astype(float).sample(min(SAMPLE, len(frame)), random_state=7)
        values = explainer.shap_values(sample)
        margin = booster.predict(xgboost.DMatrix(sample), output_margin=True)
        error = np.abs(values.sum(axis=1) + explainer.expected_value - margin).max()
        found.append((np.abs(values).mean(axis=0), error))
    return found


def _fairness(frame):
    from fairlearn import metrics as fair

    rates = {
        "selection": fair.selection_rate,
        "tpr": fair.true_positive_rate,
        "fpr": fair.false_positive_rate,
    }
    chosen = frame["score"] >= 0.5
    groups = ("group",), ("c0",), ("group", "c0")
    return [
        fair.MetricFrame(
            metrics=rates,
            y_true=frame["target"],
            y_pred=chosen,
            sensitive_features=frame[list(names)],
        ).by_group
        for names in groups
    ]


def audit(reference, current, model, *, evidently=column_lists):
    """Bytes in, numbers out: read, score, drift, quality, performance, SHAP, fairness."""
    import pandas as pd
    import xgboost

    frames = {
        "reference": pd.read_parquet(io.BytesIO(reference)),
        "current": pd.read_parquet(io.BytesIO(current)),
    }
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(model))
    names = [*NUMBERS, *CATEGORIES]
    for frame in frames.values():
        frame["score"] = booster.predict(xgboost.DMatrix(frame[names].astype(float), nthread=1))
    return (
        evidently(frames),
        _significance(frames),
        [_curves(frame) for frame in frames.values()],
        _explained(frames, booster),
        _fairness(frames["current"]),
    )


def main():
    folder = Path(sys.argv[1])
    parts = ("reference.parquet", "current.parquet", "model.json")
    audit(*((folder / name).read_bytes() for name in parts))


if __name__ == "__main__":
    main()
