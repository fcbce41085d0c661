"""How a scikit-learn model can be explained fast: its last step, on that step's own columns."""

from dataclasses import dataclass
from typing import Any

from audits.engine.models import shapley
from audits.engine.models.origins import column_origins

LINEAR = frozenset(
    {
        "LinearRegression",
        "Ridge",
        "RidgeCV",
        "Lasso",
        "LassoCV",
        "ElasticNet",
        "ElasticNetCV",
        "Lars",
        "BayesianRidge",
        "HuberRegressor",
        "QuantileRegressor",
        "SGDRegressor",
        "LogisticRegression",
        "LogisticRegressionCV",
    }
)
AVERAGED_TREES = frozenset(
    {
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
    }
)
TREES = AVERAGED_TREES | {
    "DecisionTreeRegressor",
    "ExtraTreeRegressor",
    "RandomForestRegressor",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
}
LINKED = frozenset({"poisson", "gamma"})  # losses whose prediction is not what the trees add up
BINARY = 2


@dataclass(frozen=True, slots=True)
class Route:
    """``origins`` names the input of each column of ``last``; ``trees`` is None for linear ones."""

    steps: tuple[Any, ...]
    last: Any
    origins: tuple[str, ...]
    trees: Any | None

    def transformed(self, table: Any) -> Any:
        for step in self.steps:
            table = step.transform(table)
        return table.toarray() if hasattr(table, "toarray") else table


def find_route(estimator: Any, names: tuple[str, ...], classes: int) -> Route | None:
    """Return the fast way, or None where only permutation is left. ``classes``: 0 in regression."""
    steps, last = split(estimator)
    name = type(last).__name__
    if name not in LINEAR | TREES or not _adds_up(last, classes) or _splits_categories(last):
        return None
    origins = column_origins(steps, list(names))
    if origins is None:
        return None
    if name in LINEAR:
        return Route(tuple(steps), last, tuple(origins), None)
    try:
        trees = shapley.tree_explainer(last)
    except shapley.UnsupportedError:
        return None
    return Route(tuple(steps), last, tuple(origins), trees)


def split(estimator: Any) -> tuple[list[Any], Any]:
    """Return the transformers before the last step, nested pipelines opened, and the last step."""
    steps: list[Any] = []
    while hasattr(estimator, "steps"):
        steps += [step for _, step in estimator.steps[:-1] if step not in (None, "passthrough")]
        estimator = estimator.steps[-1][1]
    return steps, estimator


def _splits_categories(last: Any) -> bool:
    """Sets of categories at a node of histogram boosting: shap knows thresholds only."""
    return getattr(last, "is_categorical_", None) is not None


def _adds_up(last: Any, classes: int) -> bool:
    """Several classes and linked losses do not, on the scale that is reported."""
    if classes not in (0, BINARY):
        return type(last).__name__ in AVERAGED_TREES
    return getattr(last, "loss", None) not in LINKED
