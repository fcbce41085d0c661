"""fairlearn: the only module that imports it.

``MetricFrame`` walks row by row in Python; given each kind of row once, with its count as the
weight, it gives the same rates at once.
"""

from typing import Any

import numpy as np


def rates(truth: Any, chosen: Any, member: Any) -> dict[int, tuple[float, float, float]]:
    """Return selection rate, true and false positive rate of each group, by its code (>= 0)."""
    from fairlearn.metrics import (
        MetricFrame,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )

    kinds = np.bincount(member * 4 + truth * 2 + chosen)
    seen = np.flatnonzero(kinds)
    metrics = {
        "selection": selection_rate,
        "tpr": true_positive_rate,
        "fpr": false_positive_rate,
    }
    frame = MetricFrame(
        metrics=metrics,
        y_true=seen // 2 % 2,
        y_pred=seen % 2,
        sensitive_features=seen // 4,
        sample_params={name: {"sample_weight": kinds[seen]} for name in metrics},
    )
    return {
        int(code): (float(row["selection"]), float(row["tpr"]), float(row["fpr"]))
        for code, row in frame.by_group.iterrows()
    }
