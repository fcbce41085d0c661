"""Versions of a model: immutable, each made of bytes that are here."""

import dataclasses
import uuid

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.commands._shared import jsonable, next_in, validated
from inventory.catalog.kinds import Kind
from inventory.catalog.models import (
    Artifact,
    DatasetVersion,
    Environment,
    ModelVersion,
    RegisteredModel,
)
from inventory.catalog.rules.fields import VersionFields, require_living, require_readable
from inventory.catalog.rules.plain import require_plain
from inventory.catalog.rules.signature import missing_columns, read_signature, signature_json


@transaction.atomic(durable=True)
def create_version(*, actor: Actor, model_id: uuid.UUID, fields: VersionFields) -> ModelVersion:
    """Create the model's next version out of an artifact, data and environment that are here.

    Raises ``Missing`` for parts that the actor may not see, ``RuleBroken`` for a signature that is
    wrong, an artifact or data that cannot be read, or data without the signature's columns.
    """
    model = RegisteredModel.objects.locked(model_id)
    permissions.require(actor, Permission.VERSION_CREATE, model, view=Permission.MODEL_VIEW)
    require_living(model.retired_at)
    signature = signature_json(read_signature(fields.signature))
    require_plain(fields.parameters, "parameters")
    require_plain(fields.reported_metrics, "reported_metrics")
    values = dataclasses.asdict(fields) | {"signature": signature}
    row = ModelVersion(
        model=model, number=next_in(model.versions), created_by_id=actor.id, **values
    )
    _require_parts(actor, model, fields)
    validated(row).save(force_insert=True)
    ledger.append(
        actor=actor,
        kind=Kind.VERSION_CREATED,
        subject=Subject("catalog.version", row.pk),
        body=_facts(row, fields),
    )
    return row


def _require_parts(actor: Actor, model: RegisteredModel, fields: VersionFields) -> None:
    artifact = Artifact.objects.get_visible(actor, fields.artifact_id)
    if artifact.team_id != model.team_id:
        raise _wrong(
            "artifact", "This artifact belongs to another team; upload it for the model's."
        )
    require_readable(artifact.inspection, artifact.inspection_note, "artifact")
    if fields.environment_id:
        Environment.objects.get_visible(actor, fields.environment_id)
    if fields.training_data_id:
        _require_training_data(actor, fields)
    if fields.predecessor_id:
        before = ModelVersion.objects.get_visible(actor, fields.predecessor_id)
        if before.model_id != model.pk:
            raise _wrong("predecessor", "A version follows a version of the same model.")


def _require_training_data(actor: Actor, fields: VersionFields) -> None:
    data = DatasetVersion.objects.get_visible(actor, fields.training_data_id)
    require_readable(data.inspection, data.inspection_note, "training_data")
    if not data.columns:
        return
    signature = read_signature(fields.signature)
    missing = missing_columns(signature, [column["name"] for column in data.columns])
    if missing:
        listed = ", ".join(f"“{name}”" for name in missing[:12])
        raise _wrong("training_data", f"The training data lacks the signature's columns {listed}.")


def _facts(row: ModelVersion, fields: VersionFields) -> dict[str, Json]:
    ids = {
        name: jsonable(getattr(fields, name))
        for name in ("artifact_id", "training_data_id", "environment_id", "predecessor_id")
    }
    return {
        "model": str(row.model_id),
        "number": row.number,
        "change_type": row.change_type,
        "content": row.content_digest(),
        **ids,
    }


def _wrong(field: str, message: str) -> RuleBroken:
    return RuleBroken("bad-part", message, errors={field: [message]})
