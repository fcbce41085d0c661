"""Small real models and tables that several engine tests look at."""

import io
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audits.engine.plan import (
    CheckSpec,
    Column,
    ColumnKind,
    DataRef,
    ModelRef,
    Plan,
    Signature,
    Task,
)
from governance.kernel.canonical import sha256_hex

COLUMNS = (
    Column("age", ColumnKind.NUMBER),
    Column("net income", ColumnKind.NUMBER),
    Column("region", ColumnKind.CATEGORY),
    Column("grade", ColumnKind.CATEGORY),
)
CLASSIFY = Signature(Task.CLASSIFICATION, COLUMNS, "paid", positive_label="1")
REGRESS = Signature(Task.REGRESSION, COLUMNS, "loss")
FEATURES = [column.name for column in COLUMNS]


@cache
def table(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Loans with two numbers, a text category, a category of integers, gaps and both targets."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, rows),
            "net income": rng.normal(3000, 500, rows),
            "region": rng.choice(["north", "south", "west"], rows),
            "grade": rng.choice([1, 2, 3], rows),
        }
    )
    frame.loc[3, "age"] = np.nan
    pull = (frame["age"].fillna(40) - 40) / 10 + (frame["region"] == "north") + frame["grade"] - 2
    frame["paid"] = (pull + rng.normal(0, 0.5, rows) > 0).astype(int)
    frame["loss"] = 3 * pull + frame["net income"] / 1000
    return frame


def pipeline(estimator: Any) -> Any:
    """Impute with indicators, scale, one-hot: the usual road into an estimator."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["age", "net income"]),
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["region", "grade"]),
        ],
        sparse_threshold=0,
    )
    return make_pipeline(columns, estimator)


@cache
def boosted(target: str = "paid") -> bytes:
    """An XGBoost model in UBJSON on the two numbers and the categories."""
    import xgboost

    frame = table()
    features = frame[FEATURES].astype({"region": "category", "grade": "category"})
    kind = xgboost.XGBClassifier if target == "paid" else xgboost.XGBRegressor
    model = kind(n_estimators=8, max_depth=3, enable_categorical=True, n_jobs=1)
    return bytes(model.fit(features, frame[target]).get_booster().save_raw("ubj"))


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def plan_for(
    checks: tuple[str, ...],
    *,
    reference: bytes = b"",
    current: bytes = b"",
    model: bytes = b"",
    signature: Signature = CLASSIFY,
    parameters: dict[str, Any] | None = None,
) -> Plan:
    """A plan over these bytes; digests of what is left out are empty."""
    return Plan(
        policy="",
        model=ModelRef(sha256_hex(model) if model else "", "xgboost-ubj"),
        data=tuple(
            DataRef(role, sha256_hex(data), "parquet")
            for role, data in (("reference", reference), ("current", current))
            if data
        ),
        signature=signature,
        checks=tuple(CheckSpec(check, parameters or {}) for check in checks),
        seed=7,
    )
