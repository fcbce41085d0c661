"""What was made since, of the parts of work that ended: as far as the inventory knows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

if TYPE_CHECKING:
    from governance.costs.models import WorkEnding
    from inventory.catalog.models import ModelVersion

_PARTS = {
    "artifact__digest": "Model file",
    "training_data_id": "Training data",
    "environment__lock_digest": "Environment",
    "code_reference": "Code",
}


@dataclass(frozen=True, slots=True)
class Reuse:
    """A version made after the ending, and which of the ended work's parts it is made of."""

    version: "ModelVersion"
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A version and what it is made of."""

    version: "ModelVersion"
    parts: Mapping[str, Any]
    predecessor: UUID | None

    @property
    def at(self) -> dt.datetime:
        at: dt.datetime = self.version.created_at
        return at


def reused_since(rows: Collection["WorkEnding"], versions: Any) -> Mapping[UUID, Sequence[Reuse]]:
    """Return by ending which of ``versions`` (those one may see) were made of its parts since."""
    found: dict[UUID, list[Reuse]] = defaultdict(list)
    if not rows:
        return found
    own = _own(rows)
    later = _later(versions, own, min(row.ended_at for row in rows))
    for row in rows:
        mine = [one for one in own if _belongs(one, row)]
        found[row.pk] = list(_of(row, mine, later))
    return found


def _own(rows: Collection["WorkEnding"]) -> list[_Made]:
    """Return the versions that the ended work consists of."""
    every: Any = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
    whole = [row for row in rows if row.version_id is None]
    of_work = Q(pk__in=[row.version_id for row in rows if row.version_id])
    of_work |= Q(model_id__in=[row.model_id for row in whole if row.model_id])
    of_work |= Q(model__use_case_id__in=[row.use_case_id for row in whole if not row.model_id])
    return _made(every.filter(of_work))


def _later(versions: Any, own: Collection[_Made], since: dt.datetime) -> list[_Made]:
    """Return the versions made after ``since`` that follow or share a part with one of ``own``."""
    shares = Q(predecessor_id__in=[one.version.pk for one in own])
    for column in _PARTS:
        values = {one.parts[column] for one in own} - {None, ""}
        shares |= Q(**{f"{column}__in": values})
    return _made(versions.filter(shares, created_at__gt=since))


def _made(rows: Any) -> list[_Made]:
    full = rows.select_related("model", "artifact", "environment").order_by("created_at", "id")
    return [
        _Made(
            version=row,
            parts={
                "artifact__digest": row.artifact.digest,
                "training_data_id": row.training_data_id,
                "environment__lock_digest": row.environment.lock_digest if row.environment else "",
                "code_reference": row.code_reference,
            },
            predecessor=row.predecessor_id,
        )
        for row in full
    ]


def _belongs(one: _Made, row: "WorkEnding") -> bool:
    version = one.version
    if row.version_id is not None:
        return bool(version.pk == row.version_id)
    if row.model_id is not None:
        return bool(version.model_id == row.model_id)
    return bool(version.model.use_case_id == row.use_case_id)


def _of(row: "WorkEnding", mine: Sequence[_Made], later: Sequence[_Made]) -> Iterator[Reuse]:
    keys = {one.version.pk for one in mine}
    held = {column: {one.parts[column] for one in mine} - {None, ""} for column in _PARTS}
    for one in later:
        if one.version.pk in keys or one.at <= row.ended_at:
            continue
        shared = [name for column, name in _PARTS.items() if one.parts[column] in held[column]]
        if one.predecessor in keys:
            shared.insert(0, "Follows it")
        if shared:
            yield Reuse(one.version, tuple(shared))
