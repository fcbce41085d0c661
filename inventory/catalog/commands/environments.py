"""Environments: what a version was built and runs with."""

import dataclasses
import uuid

from django.db import transaction

from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.canonical import sha256_hex
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.commands._shared import insert, require_team, validated
from inventory.catalog.kinds import Kind
from inventory.catalog.models import Environment
from inventory.catalog.rules.environments import LARGEST_LOCK, read_lock
from inventory.catalog.rules.fields import EnvironmentFields
from inventory.catalog.rules.plain import text_fault


@transaction.atomic(durable=True)
def record_environment(
    *, actor: Actor, team_id: uuid.UUID, fields: EnvironmentFields
) -> Environment:
    """Record an environment from the text of its lock file.

    Raises ``RuleBroken`` naming the line that is not pinned, ``Conflict`` for one recorded already.
    """
    require_team(actor, Permission.ENVIRONMENT_CREATE, team_id)
    if why := text_fault(fields.lock, LARGEST_LOCK):
        raise RuleBroken("bad-lock", why, errors={"lock": [why]})
    packages = [dataclasses.asdict(package) for package in read_lock(fields.lock)]
    row = Environment(
        team_id=team_id,
        name=fields.name,
        python=fields.python,
        os=fields.os,
        image_digest=fields.image_digest,
        lock_digest=sha256_hex(fields.lock.encode()),
        packages=packages,
        created_by_id=actor.id,
    )
    message = "The team has an environment of this name with this lock already."
    insert(validated(row), Conflict("recorded-already", message, errors={"lock": [message]}))
    ledger.append(
        actor=actor,
        kind=Kind.ENVIRONMENT_RECORDED,
        subject=Subject("catalog.environment", row.pk),
        body={
            "team": str(team_id),
            "name": row.name,
            "lock": row.lock_digest,
            "packages": len(packages),
            "hashed": sum(package["hashed"] for package in packages),
            "image": row.image_digest,
        },
    )
    return row
