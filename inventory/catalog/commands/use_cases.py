"""Use cases: the decisions that models serve."""

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number
from inventory.catalog.commands._shared import (
    changed,
    insert,
    jsonable,
    only_known,
    require_person,
    require_team,
    update,
    validated,
)
from inventory.catalog.kinds import Kind
from inventory.catalog.models import UseCase
from inventory.catalog.rules.fields import UseCaseFields, require_revision, require_words

_EDITABLE = frozenset(field.name for field in dataclasses.fields(UseCaseFields))
_LISTS = ("jurisdictions", "regimes")


@transaction.atomic(durable=True)
def create_use_case(*, actor: Actor, team_id: uuid.UUID, fields: UseCaseFields) -> UseCase:
    """Create a use case of a team. Raises ``Conflict`` for a name that the team has already."""
    require_team(actor, Permission.USE_CASE_CREATE, team_id)
    if fields.sponsor_id:
        require_person(fields.sponsor_id, team_id, "sponsor")
    values = dataclasses.asdict(fields)
    values.update({name: require_words(values[name], name) for name in _LISTS})
    number = next_number("use_case")
    row = UseCase(team_id=team_id, number=number, created_by_id=actor.id, **values)
    insert(validated(row), _taken(fields.name))
    body = {name: jsonable(value) for name, value in values.items()}
    ledger.append(
        actor=actor,
        kind=Kind.USE_CASE_CREATED,
        subject=_subject(row),
        body={"public_id": row.public_id, "team": str(team_id), **body},
    )
    return row


@transaction.atomic(durable=True)
def edit_use_case(
    *,
    actor: Actor,
    use_case_id: uuid.UUID,
    changes: Mapping[str, Any],
    revision: int | None = None,
) -> UseCase:
    """Change the named fields. Raises ``Moved`` when ``revision`` is no longer the present one."""
    row = UseCase.objects.locked(use_case_id)
    permissions.require(actor, Permission.USE_CASE_EDIT, row, view=Permission.USE_CASE_VIEW)
    require_revision(revision, row.revision)
    only_known(changes, _EDITABLE)
    values: dict[str, Any] = {**changes}
    values |= {name: require_words(values[name], name) for name in _LISTS if name in values}
    if values.get("sponsor_id"):
        require_person(values["sponsor_id"], row.team_id, "sponsor")
    moved = changed(row, values)
    if moved:
        update(validated(row), list(moved), _taken(row.name))
        ledger.append(
            actor=actor, kind=Kind.USE_CASE_CHANGED, subject=_subject(row), body={"changes": moved}
        )
    return row


def _taken(name: str) -> Conflict:
    message = f"The team has a use case “{name}” already."
    return Conflict("name-taken", message, errors={"name": [message]})


def _subject(row: UseCase) -> Subject:
    return Subject("catalog.use_case", row.pk)
