"""Which targets the inventory calls for. Reads only; ``targets`` writes."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from governance.access.models import Team
from governance.costs.kinds import Phase, TargetKind, Unallocated
from governance.costs.models import Target
from governance.costs.rules import targets as rules
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase

Place = tuple[UUID | None, UUID | None]  # team and use case


def missing(subject_id: UUID | None) -> list[Target]:
    """Return the targets to be made, of everything or of what hangs on one subject."""
    return [*_fixed(), *_teams(subject_id), *_use_cases(subject_id), *_models(subject_id)]


def moved(subject_id: UUID) -> list[tuple[Target, Place]]:
    """Return the targets of a use case or model that are called or placed otherwise now, locked,
    each with where it stood.
    """
    about = Q(use_case_id=subject_id, kind=TargetKind.PROJECT) | Q(model_id=subject_id)
    found = Target.objects.locking().filter(about).order_by("pk")
    changed = []
    for row in found.select_related("use_case", "model", "version__model"):
        stood = (row.team_id, row.use_case_id)
        above = row.model or row.use_case
        place = (above.team_id, row.model.use_case_id if row.model else row.use_case_id)
        if (name := _name_of(row)) != row.name or place != stood:
            row.name, (row.team_id, row.use_case_id) = name, place
            changed.append((row, stood))
    return changed


def _fixed() -> list[Target]:
    rows = [Target(key=rules.ORGANISATION, kind=TargetKind.ORGANISATION, name="The organisation")]
    rows += [
        Target(
            key=rules.unallocated_key(reason),
            kind=TargetKind.UNALLOCATED,
            name=f"Unallocated: {reason.label.lower()}",
        )
        for reason in Unallocated
    ]
    known = set(
        Target.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)
    )
    return [row for row in rows if row.key not in known]


def _lacking(rows: Any, path: str, kind: TargetKind, subject_id: UUID | None) -> Any:
    """Return those of ``rows`` that no target of ``kind`` stands for yet."""
    there = Target.objects.filter(kind=kind, **{f"{path}_id": OuterRef("pk")})
    found = rows.filter(~Exists(there))
    return found if subject_id is None else found.filter(pk=subject_id)


def _teams(subject_id: UUID | None) -> Iterator[Target]:
    for team in _lacking(Team.objects.all(), "team", TargetKind.TEAM, subject_id):
        key = rules.team_key(team.slug)
        yield Target(key=key, kind=TargetKind.TEAM, name=team.name, team=team)


def _use_cases(subject_id: UUID | None) -> Iterator[Target]:
    for row in _lacking(UseCase.objects.all(), "use_case", TargetKind.PROJECT, subject_id):
        yield Target(
            key=row.public_id,
            kind=TargetKind.PROJECT,
            name=row.name,
            team_id=row.team_id,
            use_case=row,
        )


def _models(subject_id: UUID | None) -> Iterator[Target]:
    for row in _lacking(RegisteredModel.objects.all(), "model", TargetKind.MODEL, subject_id):
        yield Target(
            key=row.public_id, kind=TargetKind.MODEL, name=row.name, **_place(row), model=row
        )
    versions = ModelVersion.objects.select_related("model")
    for version in _lacking(versions, "version", TargetKind.VERSION, subject_id):
        yield from (_of_version(version, phase) for phase in Phase)


def _of_version(version: ModelVersion, phase: Phase) -> Target:
    model = version.model
    row = Target(
        key=rules.version_key(model.public_id, version.number, phase),
        kind=TargetKind.VERSION,
        **_place(model),
        model=model,
        version=version,
        phase=phase,
    )
    row.name = _name_of(row)
    return row


def _place(model: RegisteredModel) -> dict[str, Any]:
    return {"team_id": model.team_id, "use_case_id": model.use_case_id}


def _name_of(row: Target) -> str:
    if row.kind == TargetKind.PROJECT:
        return str(row.use_case.name)
    if row.version is None:
        return str(row.model.name)
    return f"{row.model.name} v{row.version.number}, {row.phase}"
