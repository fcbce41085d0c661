"""Registered models, their end, and who outside the team may see one."""

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Kind as AccessKind
from governance.access.kinds import Permission
from governance.access.models import User
from governance.access.sharing import assign_perm, remove_perm
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, Missing
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
    require_words,
    update,
    validated,
)
from inventory.catalog.kinds import Kind
from inventory.catalog.models import Deployment, ModelShare, RegisteredModel, UseCase
from inventory.catalog.rules.fields import ModelFields, require_living, require_revision
from inventory.catalog.rules.plain import require_plain

_EDITABLE = frozenset(field.name for field in dataclasses.fields(ModelFields))
_SEE = "catalog.view_registeredmodel"


@transaction.atomic(durable=True)
def register_model(*, actor: Actor, team_id: uuid.UUID, fields: ModelFields) -> RegisteredModel:
    """Register a model under a new public id. Raises ``Conflict`` for a name among the living."""
    require_team(actor, Permission.MODEL_REGISTER, team_id)
    UseCase.objects.get_visible(actor, fields.use_case_id)
    values = dataclasses.asdict(fields) | {"owner_id": fields.owner_id or actor.id}
    require_person(values["owner_id"], team_id, "owner")
    require_plain(values["external_ids"], "external_ids")
    row = RegisteredModel(
        team_id=team_id, number=next_number("model"), created_by_id=actor.id, **values
    )
    insert(validated(row), _taken(fields.name))
    body = {name: jsonable(value) for name, value in values.items()}
    ledger.append(
        actor=actor,
        kind=Kind.MODEL_REGISTERED,
        subject=_subject(row),
        body={"public_id": row.public_id, "team": str(team_id), **body},
    )
    return row


@transaction.atomic(durable=True)
def edit_model(
    *,
    actor: Actor,
    model_id: uuid.UUID,
    changes: Mapping[str, Any],
    revision: int | None = None,
) -> RegisteredModel:
    """Change the named fields. Raises ``Moved`` when ``revision`` is no longer the present one."""
    row = RegisteredModel.objects.locked(model_id)
    permissions.require(actor, Permission.MODEL_EDIT, row, view=Permission.MODEL_VIEW)
    require_revision(revision, row.revision)
    require_living(row.retired_at)
    only_known(changes, _EDITABLE)
    if "use_case_id" in changes:
        UseCase.objects.get_visible(actor, changes["use_case_id"])
    if "owner_id" in changes:
        require_person(changes["owner_id"], row.team_id, "owner")
    require_plain(changes.get("external_ids", {}), "external_ids")
    moved = changed(row, changes)
    if moved:
        update(validated(row), list(moved), _taken(row.name))
        ledger.append(
            actor=actor, kind=Kind.MODEL_CHANGED, subject=_subject(row), body={"changes": moved}
        )
    return row


@transaction.atomic(durable=True)
def retire_model(*, actor: Actor, model_id: uuid.UUID, reason: str) -> RegisteredModel:
    """End a model's life for good. It is kept and read; nothing is added to it any more.

    Raises ``Conflict`` while a version of it runs, or when it is retired already.
    """
    row = RegisteredModel.objects.locked(model_id)
    permissions.require(actor, Permission.MODEL_RETIRE, row, view=Permission.MODEL_VIEW)
    require_living(row.retired_at)
    why = require_words("reason", reason, "Say why the model is retired.")
    running = Deployment.objects.current().filter(version__model=row).order_by("target").first()
    if running is not None:
        message = f"It runs on {running.target}; record the end of its deployments first."
        raise Conflict("still-running", message)
    row.retired_at = timezone.now()
    update(row, ["retired_at"], _taken(row.name))
    body: dict[str, Json] = {"public_id": row.public_id, "reason": why}
    ledger.append(actor=actor, kind=Kind.MODEL_RETIRED, subject=_subject(row), body=body)
    return row


@transaction.atomic(durable=True)
def share_model(*, actor: Actor, model_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let one person outside the team see the model and what hangs on it."""
    row, person = _for_sharing(actor, model_id, user_id)
    if ModelShare.objects.filter(content_object=row, user=person).exists():
        raise Conflict("shared-already", "This model is shared with this person already.")
    assign_perm(_SEE, person, row)
    _tell(actor, AccessKind.OBJECT_SHARED, row, person)


@transaction.atomic(durable=True)
def unshare_model(*, actor: Actor, model_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """End a sharing. Raises ``Missing`` when the model is not shared with this person."""
    row, person = _for_sharing(actor, model_id, user_id)
    if not ModelShare.objects.filter(content_object=row, user=person).exists():
        raise Missing("not-shared", "This model is not shared with this person.")
    remove_perm(_SEE, person, row)
    _tell(actor, AccessKind.OBJECT_UNSHARED, row, person)


def _for_sharing(
    actor: Actor, model_id: uuid.UUID, user_id: uuid.UUID
) -> tuple[RegisteredModel, User]:
    row = RegisteredModel.objects.locked(model_id)
    permissions.require(actor, Permission.MODEL_SHARE, row, view=Permission.MODEL_VIEW)
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        raise Missing("no-such-person", "There is no active account of this person.")
    return row, person


def _tell(actor: Actor, kind: AccessKind, row: RegisteredModel, person: User) -> None:
    ledger.append(actor=actor, kind=kind, subject=_subject(row), body={"user": str(person.pk)})


def _taken(name: str) -> Conflict:
    message = f"There is a model “{name}” already; its versions belong under it."
    return Conflict("name-taken", message, errors={"name": [message]})


def _subject(row: RegisteredModel) -> Subject:
    return Subject("catalog.model", row.pk)
