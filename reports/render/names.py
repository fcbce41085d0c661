"""What people call a measure, and how its unit reads: identifiers never stand on paper."""

from reports.render.figures import Measure

NAMES = {
    "accuracy": "Accuracy",
    "additivity_error": "Contributions against scores, largest gap",
    "advantage": "Lead over the challenger",
    "allocated_share": "Allocated",
    "batch_difference": "Scored alone or among others, largest gap",
    "bias": "Mean error",
    "billed_cost": "Billed",
    "brier": "Brier score",
    "constant_columns": "Columns with one value only",
    "cost_change": "Against the month before",
    "cramers_v": "Cramér's V",
    "difference": "Importance that moved between features",
    "drifted_share": "Columns that drifted",
    "duplicate_share": "Repeated rows",
    "effective_cost": "Effective cost",
    "ece": "Calibration error (ECE)",
    "error_gap": "Gap of mean errors",
    "f1": "F1 score",
    "fpr_gap": "Gap of false positive rates",
    "gaps_change": "Decisions changed by missing cells",
    "impact_ratio": "Impact ratio",
    "importance": "Mean contribution",
    "intercept": "Intercept",
    "ks_distance": "K-S distance",
    "log_loss": "Log loss",
    "mae": "Mean absolute error",
    "mape": "Mean absolute percentage error",
    "mean_gap": "Mean score less observed share",
    "missing_increase": "Rise of missing cells over the reference",
    "missing_share": "Missing cells, worst column",
    "monotone_violations": "Breaches of the declared direction",
    "new_category_share": "Rows with an unknown category",
    "noise_change": "Decisions changed by noise",
    "out_of_range_share": "Rows outside the known range",
    "pr_auc": "Area under precision and recall (PR AUC)",
    "precision": "Precision",
    "psi": "PSI",
    "r2": "R²",
    "rank_correlation": "Rank correlation of importances",
    "recall": "Recall",
    "rescore_difference": "Scored twice, largest gap",
    "rmse": "Root mean square error (RMSE)",
    "rmse_decay": "Growth of RMSE over the reference",
    "roc_auc": "Area under the ROC curve (ROC AUC)",
    "roc_auc_decay": "Loss of ROC AUC against the reference",
    "selection_rate": "Selection rate",
    "shortfall": "Shortfall of the weakest segment",
    "slope": "Slope",
    "top_share": "Weight of the strongest feature",
    "tpr_gap": "Gap of true positive rates",
    "unallocated_cost": "Not allocated",
    "undecided_columns": "Columns that could not be decided",
    "violation_share": "Rows that break the declaration",
    "violations": "Departures from the declaration",
}
SHORT = {
    "mae": "MAE",
    "mape": "MAPE",
    "pr_auc": "PR AUC",
    "rmse": "RMSE",
    "roc_auc": "ROC AUC",
}
UNITS = {
    "sd of raw score": "standard deviations of the score",
    "sd of target": "standard deviations of the target",
    "target": "in the target's unit",
    "value": "",
}
SHARE = "share"


def full(name: str) -> str:
    """Return the name of a measure as a heading; one that is not known reads as it is written."""
    return NAMES.get(name) or sentence(name)


def short(name: str) -> str:
    """Return the abbreviation that experts use, where there is one."""
    return SHORT.get(name) or full(name)


def sentence(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def within(text: str) -> str:
    """Return a sentence in which identifiers of measures are replaced by their names."""
    words = text.split(" ")
    return " ".join(_plain(word) for word in words)


def _plain(word: str) -> str:
    bare = word.rstrip(".,;:")
    return f"“{short(bare)}”{word[len(bare) :]}" if bare in NAMES and "_" in bare else word


def is_share(measure: Measure) -> bool:
    """Tell whether a measure is a part of a whole, which reads best in percent."""
    return measure.unit == SHARE or measure.unit.startswith(f"{SHARE} of ")


def unit(measure: Measure) -> str:
    """Return the unit as it is printed after the number; percent is printed with the number."""
    if is_share(measure):
        return measure.unit.removeprefix(SHARE).strip()
    return UNITS.get(measure.unit, measure.unit)
