"""What is to be checked, frozen before the first row is read.

A plan names everything that can change a result: the bytes by digest, the checks with their
parameters and thresholds, the policy that asked for them, the seed and the library versions.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from audits.engine.rebuild import MalformedError, rebuild
from governance.kernel.canonical import Json, digest

SCHEMA = 1
LIBRARIES = (
    "evidently",
    "shap",
    "scikit-learn",
    "fairlearn",
    "xgboost-cpu",
    "lightgbm",
    "catboost",
    "onnxruntime",
    "skops",
    "pandas",
    "numpy",
    "scipy",
    "pyarrow",
)


class Task(StrEnum):
    CLASSIFICATION = "classification"  # binary; the score is the probability of positive_label
    REGRESSION = "regression"


class ColumnKind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """``minimum``/``maximum``/``allowed`` are declared bounds; unset means undeclared."""

    name: str
    kind: ColumnKind
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a version takes and gives.

    ``protected`` names columns that fairness compares; they need not be features. ``threshold`` is
    the score from which the positive decision is taken (classification only). ``favourable`` says
    whether the positive label is the outcome people want (a loan granted) or fear (a default).
    """

    task: Task
    features: tuple[Column, ...]
    target: str
    positive_label: str | None = None
    threshold: float = 0.5
    protected: tuple[str, ...] = ()
    favourable: bool = True


@dataclass(frozen=True, slots=True)
class DataRef:
    """``role`` is ``reference`` (what the model learnt on or was accepted on) or ``current``."""

    role: str
    digest: str
    format: str  # parquet | csv | jsonl


@dataclass(frozen=True, slots=True)
class ModelRef:
    digest: str
    format: str  # onnx | skops | xgboost-json | xgboost-ubj | lightgbm | catboost


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """``parameters`` holds thresholds and settings; each check documents its own keys."""

    check: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    policy: str  # digest of the policy text that asked for these checks
    model: ModelRef
    data: tuple[DataRef, ...]
    signature: Signature
    checks: tuple[CheckSpec, ...]
    seed: int
    threads: int = 1
    libraries: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        return {"schema": SCHEMA, **dataclasses.asdict(self)}

    def digest(self) -> str:
        return digest(self.to_json())


def plan_from_json(body: dict[str, Any]) -> Plan:
    """Rebuild a ``Plan`` from ``to_json``; raises ``ValueError`` for anything else."""
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise MalformedError("unknown plan schema")
    fields = {key: value for key, value in body.items() if key != "schema"}
    return rebuild(Plan, fields, complete=False)


def signature_from_json(body: dict[str, Any]) -> Signature:
    """Rebuild a ``Signature``; fields with a default may be left out. Raises ``ValueError``."""
    return rebuild(Signature, body, complete=False)


def library_versions() -> dict[str, str]:
    """Return the versions of libraries that can change a result, without importing them."""
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
