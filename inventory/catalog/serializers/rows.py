"""Flat rows of one query, as the API shows them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Shown = dict[str, Any]

_PEOPLE = ("owner", "sponsor", "created_by")


@dataclass(frozen=True, slots=True)
class Reading:
    """``fields`` go to ``.values()``; ``shape`` makes of each row what the serializer describes."""

    fields: tuple[str, ...]
    shape: Callable[[Shown], Shown]


def _team(row: Shown) -> Shown:
    return {"slug": row["team__slug"], "name": row["team__name"]}


def _person(row: Shown, name: str) -> Shown | None:
    key = row[f"{name}_id"]
    return {"id": key, "name": row[f"{name}__name"]} if key else None


def _numbered(prefix: str, number: int) -> str:
    return f"{prefix}-{number:05d}"


_TEAM = ("team__slug", "team__name")
_USE_CASE_PLAIN = (
    *("id", "revision", "name", "decision", "autonomy", "exposure", "purpose", "reach"),
    *("affected_persons", "personal_data", "jurisdictions", "regimes", "created_at"),
)
_MODEL_PLAIN = (
    *("id", "revision", "name", "kind", "complexity", "intended_use", "prohibited_uses"),
    *("boundaries", "limitations", "external_ids", "created_at", "retired_at"),
)
_DATASET_PLAIN = (
    *("id", "name", "description", "sensitivity", "licence", "source", "known_gaps", "created_at"),
)
_ARTIFACT_PLAIN = (
    *("id", "digest", "format", "size", "file_name", "inspection", "inspection_note", "facts"),
    "created_at",
)
_DATA_VERSION_PLAIN = (
    *("id", "number", "role", "digest", "format", "size", "file_name", "window_start"),
    *("window_end", "inspection", "inspection_note", "rows", "columns", "created_at"),
)
_ENVIRONMENT_PLAIN = (
    *("id", "name", "python", "os", "lock_digest", "image_digest", "packages", "created_at"),
)
_VERSION_PLAIN = (
    *("id", "number", "change_type", "change_note", "code_reference", "parameters"),
    *("reported_metrics", "signature", "created_at"),
)
_VERSION_KEYS = ("model_id", "artifact_id", "training_data_id", "environment_id", "predecessor_id")
_DEPLOYMENT_PLAIN = (
    *("id", "target", "traffic_share", "consumers", "fallback", "human_oversight"),
    *("valid_from", "valid_to", "recorded_to"),
)


def _plain(row: Shown, names: Iterable[str]) -> Shown:
    return {name: row[name] for name in names}


def _use_case(row: Shown) -> Shown:
    shown = {"public_id": _numbered("UC", row["number"]), "team": _team(row)}
    return _plain(row, _USE_CASE_PLAIN) | shown | {"sponsor": _person(row, "sponsor")}


def _model(row: Shown) -> Shown:
    return _plain(row, _MODEL_PLAIN) | {
        "public_id": _numbered("MDL", row["number"]),
        "team": _team(row),
        "owner": _person(row, "owner"),
        "use_case": row["use_case_id"],
        "use_case_name": row["use_case__name"],
        "versions": row["latest_version"] or 0,
        "latest_version": row["latest_version"],
    }


def _dataset(row: Shown) -> Shown:
    shown = {"public_id": _numbered("DAT", row["number"]), "team": _team(row)}
    return _plain(row, _DATASET_PLAIN) | shown | {"owner": _person(row, "owner")}


def _version(row: Shown) -> Shown:
    keys = {name.removesuffix("_id"): row[name] for name in _VERSION_KEYS}
    return (
        _plain(row, _VERSION_PLAIN)
        | keys
        | {
            "model_public_id": _numbered("MDL", row["model__number"]),
            "artifact_digest": row["artifact__digest"],
            "inspection": row["artifact__inspection"],
            "created_by": _person(row, "created_by"),
        }
    )


def _deployment(row: Shown) -> Shown:
    return _plain(row, _DEPLOYMENT_PLAIN) | {
        "version": row["version_id"],
        "rollback_target": row["rollback_target_id"],
        "recorded_from": row["created_at"],
    }


def _of_team(names: tuple[str, ...]) -> Callable[[Shown], Shown]:
    return lambda row: _plain(row, names) | {"team": _team(row)}


_OWNER = ("owner_id", "owner__name")
_NUMBER = ("number",)
USE_CASE = Reading((*_USE_CASE_PLAIN, *_NUMBER, *_TEAM, "sponsor_id", "sponsor__name"), _use_case)
MODEL = Reading(
    (
        *(*_MODEL_PLAIN, *_NUMBER, *_TEAM, *_OWNER, "use_case_id", "use_case__name"),
        "latest_version",
    ),
    _model,
)
DATASET = Reading((*_DATASET_PLAIN, *_NUMBER, *_TEAM, *_OWNER), _dataset)
ARTIFACT = Reading((*_ARTIFACT_PLAIN, *_TEAM), _of_team(_ARTIFACT_PLAIN))
DATASET_VERSION = Reading(
    (*_DATA_VERSION_PLAIN, "dataset_id"),
    lambda row: _plain(row, _DATA_VERSION_PLAIN) | {"dataset": row["dataset_id"]},
)
ENVIRONMENT = Reading((*_ENVIRONMENT_PLAIN, *_TEAM), _of_team(_ENVIRONMENT_PLAIN))
VERSION = Reading(
    (
        *(*_VERSION_PLAIN, *_VERSION_KEYS, "model__number", "artifact__digest"),
        *("artifact__inspection", "created_by_id", "created_by__name"),
    ),
    _version,
)
DEPLOYMENT = Reading(
    (*_DEPLOYMENT_PLAIN, "version_id", "rollback_target_id", "created_at"), _deployment
)
