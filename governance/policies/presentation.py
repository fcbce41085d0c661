"""A policy as its page shows it: rows and columns, worked out here rather than in the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.access.kinds import Role
from governance.policies.kinds import fact_label
from governance.policies.rules import Check, Effect, Factor, Policy

# Parameters of checks in words; one that is not here is shown by its name.
_TERMS = {
    "alpha": "significance level",
    "correction": "correction for many columns",
    "max_additivity_error": "largest gap between contributions and score",
    "max_bias": "largest bias, in deviations of the target",
    "max_change": "most decisions that may flip",
    "max_cramers_v": "largest Cramér's V",
    "max_decay": "largest loss against the reference",
    "max_difference": "largest difference of importances",
    "max_duplicates": "most repeated rows",
    "max_ece": "largest calibration error",
    "max_error_gap": "largest gap of mean errors",
    "max_fpr_gap": "largest gap of false positive rates",
    "max_ks": "largest K-S distance",
    "max_missing": "most missing values",
    "max_missing_increase": "largest rise of missing values",
    "max_new_categories": "most rows with new categories",
    "max_out_of_range": "most rows out of the known range",
    "max_share": "most columns that may drift",
    "max_shortfall": "largest shortfall of a segment",
    "max_tpr_gap": "largest gap of true positive rates",
    "max_violation_share": "most rows against the declaration",
    "min_advantage": "least advantage over the challenger",
    "min_impact_ratio": "least impact ratio",
    "min_rank_correlation": "least rank correlation",
    "minimum": "fewest rows of a group",
    "r2": "R²",
    "rmse": "RMSE",
    "roc_auc": "ROC AUC",
    "thresholds": "bound",
}
_KIND = {"opinion": "Opinion", "decision": "Decision"}
_EFFECT = {Effect.BLOCKS: "no approval", Effect.CONDITION: "only with a condition"}


@dataclass(frozen=True, slots=True)
class FactorTable:
    """Points by one fact (one row) or by two (a row for each value of the first)."""

    title: str
    text: str
    corner: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def crossed(self) -> bool:
        return len(self.head) > 1


@dataclass(frozen=True, slots=True)
class CheckRows:
    """One check: each line is a demand with its value in each tier; None where it is not asked."""

    check: Check
    tasks: str
    lines: tuple[tuple[str, tuple[str | None, ...]], ...]


def described(policy: Policy) -> dict[str, Any]:
    """Return what the template of a policy needs beside the version itself."""
    return {
        "policy": policy,
        "factors": [_factor(factor) for factor in policy.factors],
        "tiers": [
            {"tier": tier, "steps": [_step(step) for step in tier.steps]} for tier in policy.tiers
        ],
        "checks": [_rows(check, policy) for check in policy.checks],
    }


def threshold_words(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return (name, value) pairs in plain words; nested bounds become one pair each."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            pairs += [(f"{_words(name)}: {_words(key)}", _value(v)) for key, v in value.items()]
        else:
            pairs.append((_words(name), _value(value)))
    return tuple(pairs)


def _factor(factor: Factor) -> FactorTable:
    points, name = factor.points, factor.facts[0]
    if len(factor.facts) == 1:
        single = tuple((_value_label(name, key), (value,)) for key, value in points.items())
        return FactorTable(factor.title, factor.text, _words(name), ("points",), single)
    other = factor.facts[1]
    columns = tuple(next(iter(points.values())))
    corner = f"{_words(name)} by {_words(other)}"
    head = tuple(_value_label(other, column) for column in columns)
    crossed = tuple(
        (_value_label(name, key), tuple(row.get(c, 0) for c in columns))
        for key, row in points.items()
    )
    return FactorTable(factor.title, factor.text, corner, head, crossed)


def _value_label(name: str, value: str) -> str:
    label = fact_label(name, value)
    return label[:1].upper() + label[1:]


def _step(step: Any) -> str:
    people = "one" if step.quorum == 1 else str(step.quorum)
    role = Role(step.role).label.lower()
    return f"{_KIND[step.kind]} by {people} {role}, within {step.days} days"


def _rows(check: Check, policy: Policy) -> CheckRows:
    needs = [check.tiers.get(tier.tier) for tier in policy.tiers]
    asked = [dict(threshold_words(need.parameters)) if need else {} for need in needs]
    names = dict.fromkeys(name for words in asked for name in words)
    lines = [(name, tuple(words.get(name) for words in asked)) for name in names]
    effects = (("when it fails", "failing"), ("when the data say too little", "insufficient"))
    for label, attribute in effects:
        shown = tuple(_EFFECT[getattr(need, attribute)] if need else None for need in needs)
        lines.append((label, shown))
    return CheckRows(check, " and ".join(check.tasks), tuple(lines))


def _words(name: str) -> str:
    return _TERMS.get(name, name.replace("_", " "))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
