"""A real model on real data: scikit-learn's breast cancer set, gradient boosting by XGBoost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes

from audits.engine.conform import conform
from audits.engine.context import Context
from audits.engine.models import load_model
from audits.engine.outcome import Outcome
from audits.engine.plan import Column, ColumnKind, DataRef, ModelRef, Plan, Signature, Task
from audits.engine.registry import find

Run = Callable[..., Outcome]
FEATURES = 8


def _shuffled(bunch: Any) -> pd.DataFrame:
    frame = bunch.frame.rename(columns=lambda name: str(name).replace(" ", "_"))
    names = [*frame.columns[:FEATURES], "target"]
    return frame[names].sample(frac=1, random_state=3).reset_index(drop=True)


def _trained(frame: pd.DataFrame, objective: str) -> bytes:
    names = [name for name in frame.columns if name != "target"]
    matrix = xgboost.DMatrix(frame[names], label=frame["target"])
    settings = {"objective": objective, "max_depth": 2, "eta": 0.3, "nthread": 1, "seed": 0}
    return bytes(xgboost.train(settings, matrix, 15).save_raw("json"))


class World:
    """Frames, signature and model of one set; ``context`` gives a fresh run over them."""

    def __init__(self, frame: pd.DataFrame, signature: Signature, model: bytes) -> None:
        half = len(frame) // 2
        self.signature = signature
        self.model = model
        self.reference = frame.iloc[:half].reset_index(drop=True)
        self.current = frame.iloc[half:].reset_index(drop=True)

    def context(
        self,
        current: pd.DataFrame | None = None,
        reference: pd.DataFrame | None = None,
        seed: int = 11,
        **signature: Any,
    ) -> Context:
        declared = replace(self.signature, **signature)
        frames = {
            "reference": self.reference if reference is None else reference,
            "current": self.current if current is None else current,
        }
        data = tuple(DataRef(role, "d" * 64, "parquet") for role in frames)
        plan = Plan("p" * 64, ModelRef("m" * 64, "xgboost-json"), data, declared, (), seed)
        conformed = {
            role: frame if frame.empty else conform(frame.reset_index(drop=True), declared.features)
            for role, frame in frames.items()
        }
        digests = {"model": "m" * 64, "reference": "d" * 64, "current": "d" * 64}
        return Context(
            plan,
            conformed,
            lambda: load_model(self.model, "xgboost-json", declared),
            digests=digests,
        )


@pytest.fixture(scope="session")
def cancer() -> World:
    frame = _shuffled(load_breast_cancer(as_frame=True))
    frame["group"] = np.where(frame.index % 3 == 0, "a", "b")
    columns = tuple(Column(n, ColumnKind.NUMBER, required=False) for n in frame.columns[:FEATURES])
    signature = Signature(
        Task.CLASSIFICATION, columns, "target", "1", threshold=0.5, protected=("group",)
    )
    return World(frame, signature, _trained(frame.drop(columns="group")[:250], "binary:logistic"))


@pytest.fixture(scope="session")
def diabetes() -> World:
    frame = _shuffled(load_diabetes(as_frame=True))
    columns = tuple(Column(n, ColumnKind.NUMBER, required=False) for n in frame.columns[:FEATURES])
    signature = Signature(Task.REGRESSION, columns, "target", protected=("sex",))
    return World(frame, signature, _trained(frame[:200], "reg:squarederror"))


@pytest.fixture
def run() -> Run:
    """Run one check by its id, as the engine does."""

    def _run(id_: str, context: Context, **parameters: Any) -> Outcome:
        outcome = find(id_).run(context.for_check(id_), parameters)
        assert len(outcome.digest()) == 64
        return outcome

    return _run


def value(outcome: Outcome, name: str, group: str = "") -> Any:
    return next(m.value for m in outcome.measures if m.name == name and m.group == group)
