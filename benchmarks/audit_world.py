"""The benchmark's data, model and plan: 30 columns, boosted trees, everything from one seed."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost

from audits.engine.plan import (
    CheckSpec,
    Column,
    ColumnKind,
    DataRef,
    ModelRef,
    Plan,
    Signature,
    Task,
    library_versions,
)
from governance.kernel.canonical import sha256_hex

NUMBERS, CATEGORIES = 25, 5
TREES, DEPTH = 200, 5
THRESHOLD = 0.5
CHECKS = (
    "data.schema",
    "data.quality",
    "drift.columns",
    "drift.target",
    "drift.prediction",
    "performance.classification",
    "performance.calibration",
    "explanation.importance",
    "explanation.drift",
    "fairness.groups",
)


@dataclass(frozen=True, slots=True)
class World:
    reference: bytes
    current: bytes
    model: bytes
    plan: Plan


def _frame(rows: int, shift: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {f"x{i:02d}": rng.normal(shift * (i == 1), 1, rows) for i in range(NUMBERS)}
        | {f"c{i}": rng.integers(0, 4 + i, rows).astype(str) for i in range(CATEGORIES)}
    )
    odds = frame["x00"] - 0.7 * frame["x01"] + 0.3 * frame["x02"] ** 2
    odds = odds + 0.4 * (frame["c0"] == "1")
    frame["group"] = np.where(rng.random(rows) < 0.2, "a", "b")
    frame["target"] = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return frame


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()


def _model(rows: int) -> bytes:
    frame = _frame(min(rows, 20_000), 0.0, 1)
    names = [*frame.columns[: NUMBERS + CATEGORIES]]
    matrix = xgboost.DMatrix(frame[names].astype(float), label=frame["target"])
    settings = {"objective": "binary:logistic", "max_depth": DEPTH, "nthread": 1, "seed": 0}
    return bytes(xgboost.train(settings, matrix, TREES).save_raw("json"))


def world(rows: int) -> World:
    """``rows`` is the size of the current data and of the reference, each."""
    frames = {"reference": _frame(rows, 0.0, 1), "current": _frame(rows, 0.2, 2)}
    names = list(frames["current"].columns[: NUMBERS + CATEGORIES])
    columns = tuple(
        Column(name, ColumnKind.NUMBER if name.startswith("x") else ColumnKind.CATEGORY)
        for name in names
    )
    signature = Signature(
        Task.CLASSIFICATION, columns, "target", "1", THRESHOLD, protected=("group", "c0")
    )
    data = {role: _parquet(frame) for role, frame in frames.items()}
    model = _model(rows)
    plan = Plan(
        "0" * 64,
        ModelRef(sha256_hex(model), "xgboost-json"),
        tuple(DataRef(role, sha256_hex(part), "parquet") for role, part in data.items()),
        signature,
        tuple(CheckSpec(check) for check in CHECKS),
        seed=7,
        libraries=library_versions(),
    )
    return World(data["reference"], data["current"], model, plan)
