"""Deployments: where a version runs, in valid time, and when we knew, in recorded time."""

import dataclasses
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.ids import new_id
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.commands._shared import jsonable, validated
from inventory.catalog.kinds import Kind
from inventory.catalog.models import Deployment, ModelVersion, RegisteredModel
from inventory.catalog.rules.fields import DeploymentFields, require_living, require_share


@transaction.atomic(durable=True)
def record_deployment(
    *, actor: Actor, version_id: uuid.UUID, fields: DeploymentFields
) -> Deployment:
    """Record that a version runs somewhere; raises ``Conflict`` for a retired model."""
    version = ModelVersion.objects.select_related("model").get_visible(actor, version_id)
    permissions.require(actor, Permission.DEPLOYMENT_RECORD, version)
    require_living(RegisteredModel.objects.locked(version.model_id).retired_at)
    require_share(fields.traffic_share)
    if fields.rollback_target_id:
        back = ModelVersion.objects.get_visible(actor, fields.rollback_target_id)
        if back.model_id != version.model_id:
            raise _wrong("rollback_target", "One rolls back to a version of the same model.")
    row = Deployment(version=version, created_by_id=actor.id, **dataclasses.asdict(fields))
    validated(row).save(force_insert=True)
    values = {name: jsonable(value) for name, value in dataclasses.asdict(fields).items()}
    ledger.append(
        actor=actor,
        kind=Kind.DEPLOYMENT_RECORDED,
        subject=Subject("catalog.deployment", row.pk),
        body={"version": str(version_id), **values},
    )
    return row


@transaction.atomic(durable=True)
def end_deployment(*, actor: Actor, deployment_id: uuid.UUID, ended_at: datetime) -> Deployment:
    """Record that a deployment ended; returns the row that now says so.

    The former row stays and is closed in recorded time, so that what was known before can be told.
    """
    former = Deployment.objects.locked(deployment_id)
    permissions.require(actor, Permission.DEPLOYMENT_RECORD, former, view=Permission.MODEL_VIEW)
    if former.valid_to is not None or former.recorded_to is not None:
        raise Conflict("ended-already", "This deployment has ended already.")
    if ended_at <= former.valid_from:
        raise _wrong("ended_at", "A deployment ends after it starts.")
    Deployment.objects.filter(pk=former.pk).update(recorded_to=Now())
    row = Deployment.objects.get(pk=former.pk)
    row.pk, row.recorded_to, row.valid_to, row.created_by_id = new_id(), None, ended_at, actor.id
    row.save(force_insert=True)
    ledger.append(
        actor=actor,
        kind=Kind.DEPLOYMENT_ENDED,
        subject=Subject("catalog.deployment", row.pk),
        body={"version": str(row.version_id), "former": str(former.pk), "at": ended_at.isoformat()},
    )
    return row


def _wrong(field: str, message: str) -> RuleBroken:
    return RuleBroken("bad-value", message, errors={field: [message]})
