"""Use cases, models, real little artifacts and data, and versions made of them.

Models are trained here, on data made here from a seed: 400 loan applications, 4 features.
"""

import functools
import io
import itertools
import uuid
from typing import Any

import numpy as np
import pandas as pd
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

from governance.access.kinds import Role
from governance.access.models import Team, User
from governance.kernel.actor import Actor, system_actor
from inventory.catalog import commands as catalog
from inventory.catalog.kinds import Findings
from inventory.catalog.models import (
    Artifact,
    Dataset,
    DatasetVersion,
    Environment,
    ModelVersion,
    RegisteredModel,
    UseCase,
)
from inventory.catalog.rules.fields import (
    DatasetFields,
    DataVersionFields,
    EnvironmentFields,
    ModelFields,
    UseCaseFields,
    VersionFields,
)
from tests.factories import access

FEATURES = ("income", "debt", "age", "region")
LOCK = "scikit-learn==1.7.2 --hash=sha256:" + "ab" * 32 + "\nskops==0.13.0\n"
_count = itertools.count(1)


def builder(team: Team, *roles: Role) -> Actor:
    """Someone who owns and develops models in ``team``."""
    person = access.person(*(roles or (Role.MODEL_OWNER, Role.DEVELOPER)), team=team)
    return access.actor(person)


def signature(**changes: Any) -> dict[str, Any]:
    columns = [{"name": name, "kind": "number"} for name in FEATURES[:3]]
    return {
        "task": "classification",
        "features": [*columns, {"name": "region", "kind": "number"}],
        "target": "paid",
        "positive_label": "1",
        "threshold": 0.5,
        "protected": ["group"],
        "favourable": True,
    } | changes


@functools.cache
def frame(seed: int = 7, rows: int = 400, shift: float = 0.0) -> pd.DataFrame:
    """Loan applications with a ``group`` that is no feature; ``shift`` moves incomes."""
    rng = np.random.default_rng(seed)
    income = rng.normal(50 + shift, 12, rows).round(2)
    debt = rng.normal(20, 6, rows).round(2)
    age = rng.integers(18, 80, rows)
    region = rng.integers(0, 4, rows)
    chance = 1 / (1 + np.exp(-(income - debt - 30) / 8))
    group = np.where(rng.random(rows) < 0.4, "b", "a")
    paid = (rng.random(rows) < chance).astype(int)
    columns = {"income": income, "debt": debt, "age": age, "region": region}
    return pd.DataFrame({**columns, "group": group, "paid": paid})


def csv_bytes(table: pd.DataFrame | None = None) -> bytes:
    return (frame() if table is None else table).to_csv(index=False).encode()


def parquet_bytes(table: pd.DataFrame | None = None) -> bytes:
    out = io.BytesIO()
    (frame() if table is None else table).to_parquet(out, index=False)
    return out.getvalue()


@functools.cache
def skops_bytes(seed: int = 7) -> bytes:
    """A real logistic regression on ``frame(seed)``."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from skops import io as skops_io

    table = frame(seed)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        table[list(FEATURES)], table["paid"]
    )
    return skops_io.dumps(fitted)


@functools.cache
def boosted_bytes(format: str = "xgboost-ubj") -> bytes:  # noqa: A002
    """A real small gradient boosting in one of XGBoost's own formats."""
    import xgboost

    table = frame()
    matrix = xgboost.DMatrix(table[list(FEATURES)], table["paid"], nthread=1)
    fitted = xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 5)
    return bytes(fitted.save_raw(format.removeprefix("xgboost-")))


def upload(content: bytes, name: str = "file.bin") -> UploadedFile:
    return SimpleUploadedFile(name, content)


def use_case(team: Team, actor: Actor | None = None, **changes: Any) -> UseCase:
    fields = {
        "name": f"Consumer credit {next(_count)}",
        "decision": "Whether a loan is granted.",
        "autonomy": "recommends",
        "exposure": "high",
        "purpose": "customer",
        "reach": "many",
        "affected_persons": "Applicants",
        "personal_data": True,
    } | changes
    return catalog.create_use_case(
        actor=actor or builder(team), team_id=team.pk, fields=UseCaseFields(**fields)
    )


def model(
    team: Team | None = None,
    actor: Actor | None = None,
    owner: User | None = None,
    **changes: Any,
) -> RegisteredModel:
    team = team or access.team()
    actor = actor or builder(team)
    wanted = changes.pop("use_case", None) or use_case(team, builder(team))
    fields = {
        "name": f"Loan approval {next(_count)}",
        "use_case_id": wanted.pk,
        "kind": "ml",
        "complexity": "moderate",
        "intended_use": "Scoring applications for consumer loans.",
        "owner_id": owner.pk if owner else None,
    } | changes
    return catalog.register_model(actor=actor, team_id=team.pk, fields=ModelFields(**fields))


def artifact(
    team: Team, actor: Actor | None = None, content: bytes | None = None, *, inspected: bool = True
) -> Artifact:
    """A received artifact; ``inspected`` records what the sandbox would find in a sound file."""
    received = catalog.receive_artifact(
        actor=actor or builder(team),
        team_id=team.pk,
        upload=upload(content or skops_bytes(), "model.skops"),
    )
    if inspected and received.fresh:
        facts = {"library": "scikit-learn", "kind": "Pipeline", "features": list(FEATURES)}
        _inspected("artifact", received.row.pk, Findings(facts=facts))
        received.row.refresh_from_db()
    return received.row


def dataset(team: Team, actor: Actor | None = None, **changes: Any) -> Dataset:
    fields = {"name": f"Loan applications {next(_count)}", "sensitivity": "personal"} | changes
    return catalog.create_dataset(
        actor=actor or builder(team), team_id=team.pk, fields=DatasetFields(**fields)
    )


def dataset_version(
    parent: Dataset | Team,
    actor: Actor | None = None,
    content: bytes | None = None,
    role: str = "reference",
    *,
    inspected: bool = True,
) -> DatasetVersion:
    """A received data file of a dataset, or of a new dataset of a team.

    ``inspected`` records what the sandbox would find in a sound CSV or Parquet file.
    """
    parent = dataset(parent) if isinstance(parent, Team) else parent
    content = csv_bytes() if content is None else content
    received = catalog.receive_dataset_version(
        actor=actor or builder(parent.team),
        dataset_id=parent.pk,
        fields=DataVersionFields(role=role),
        upload=upload(content, "data.csv"),
    )
    if inspected and received.fresh:
        _inspected("dataset_version", received.row.pk, _data_findings(content))
        received.row.refresh_from_db()
    return received.row


def environment(team: Team, actor: Actor | None = None, **changes: Any) -> Environment:
    fields = {"name": "training", "lock": LOCK + f"# {next(_count)}\n", "python": "3.11"} | changes
    return catalog.record_environment(
        actor=actor or builder(team), team_id=team.pk, fields=EnvironmentFields(**fields)
    )


def version(
    of: RegisteredModel | None = None, actor: Actor | None = None, **changes: Any
) -> ModelVersion:
    """A version with a real artifact; ``changes`` are of ``VersionFields``."""
    of = of or model()
    actor = actor or builder(of.team)
    fields: dict[str, Any] = {"signature": signature(), "change_type": "initial"} | changes
    if "artifact_id" not in fields:
        fields["artifact_id"] = artifact(of.team, actor).pk
    return catalog.create_version(actor=actor, model_id=of.pk, fields=VersionFields(**fields))


def _inspected(noun: str, key: uuid.UUID, findings: Findings) -> None:
    catalog.record_inspection(actor=system_actor(), noun=noun, row_id=key, findings=findings)


def _data_findings(content: bytes) -> Findings:
    read = pd.read_parquet if content.startswith(b"PAR1") else pd.read_csv
    table = read(io.BytesIO(content))
    columns = tuple(
        {
            "name": name,
            "type": "number" if pd.api.types.is_numeric_dtype(table[name]) else "text",
            "nulls": int(table[name].isna().sum()),
        }
        for name in table.columns
    )
    return Findings(rows=len(table), columns=columns)
