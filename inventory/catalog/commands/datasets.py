"""Datasets and their versions: bytes that are never changed, only followed."""

import dataclasses
import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number
from inventory.catalog import storage
from inventory.catalog.commands._shared import (
    Received,
    insert,
    jsonable,
    next_in,
    require_person,
    require_team,
    validated,
)
from inventory.catalog.kinds import INSPECT, INSPECT_QUEUE, Kind
from inventory.catalog.models import Dataset, DatasetVersion
from inventory.catalog.rules.fields import (
    DatasetFields,
    DataVersionFields,
    require_digest,
    require_window,
    tidy_file_name,
)
from inventory.catalog.rules.formats import sniff_data
from inventory.catalog.uploads import require_within_cap, sha256_of


@transaction.atomic(durable=True)
def create_dataset(*, actor: Actor, team_id: uuid.UUID, fields: DatasetFields) -> Dataset:
    """Create a dataset of a team. Raises ``Conflict`` for a name that the team has already."""
    return _create(actor, team_id, fields)


def receive_dataset_version(
    *,
    actor: Actor,
    dataset_id: uuid.UUID,
    fields: DataVersionFields,
    upload: "UploadedFile[Any]",
    sha256: str | None = None,
) -> Received[DatasetVersion]:
    """Keep a data file as the dataset's next version; the same bytes again give the one there.

    ``sha256`` is what the sender expects. Raises ``RuleBroken`` for another digest or for content
    that is no table format of ours, ``TooLarge`` beyond the cap; nothing is kept then.
    """
    dataset = Dataset.objects.get_visible(actor, dataset_id)
    permissions.require(actor, Permission.DATASET_CREATE, dataset)
    row = _checked(actor, fields, upload, sha256)
    storage.keep(upload, row.digest)
    with transaction.atomic(durable=True):
        return _record(actor, Dataset.objects.locked(dataset_id), row)


def receive_dataset(
    *,
    actor: Actor,
    team_id: uuid.UUID,
    fields: DatasetFields,
    first: DataVersionFields,
    upload: "UploadedFile[Any]",
    sha256: str | None = None,
) -> Received[DatasetVersion]:
    """Create a dataset with its first version: both, or neither. Raises as its two parts do."""
    require_team(actor, Permission.DATASET_CREATE, team_id)
    row = _checked(actor, first, upload, sha256)
    storage.keep(upload, row.digest)
    with transaction.atomic(durable=True):
        return _record(actor, _create(actor, team_id, fields), row)


def _create(actor: Actor, team_id: uuid.UUID, fields: DatasetFields) -> Dataset:
    require_team(actor, Permission.DATASET_CREATE, team_id)
    values = dataclasses.asdict(fields) | {"owner_id": fields.owner_id or actor.id}
    require_person(values["owner_id"], team_id, "owner")
    number = next_number("dataset")
    row = Dataset(team_id=team_id, number=number, created_by_id=actor.id, **values)
    message = f"The team has a dataset “{fields.name}” already; upload a new version of it."
    insert(validated(row), Conflict("name-taken", message, errors={"name": [message]}))
    body = {name: jsonable(value) for name, value in values.items()}
    ledger.append(
        actor=actor,
        kind=Kind.DATASET_CREATED,
        subject=Subject("catalog.dataset", row.pk),
        body={"public_id": row.public_id, "team": str(team_id), **body},
    )
    return row


def _checked(
    actor: Actor, fields: DataVersionFields, upload: "UploadedFile[Any]", sha256: str | None
) -> DatasetVersion:
    """Return the version as it will be written, without its dataset and number."""
    require_within_cap(upload)
    require_window(fields.window_start, fields.window_end)
    found = sniff_data(upload)  # type: ignore[arg-type]
    digest = sha256_of(upload)
    require_digest(sha256, digest)
    row = DatasetVersion(
        number=1,
        digest=digest,
        format=found,
        size=upload.size or 0,
        file_name=tidy_file_name(upload.name),
        created_by_id=actor.id,
        **dataclasses.asdict(fields),
    )
    return validated(row)


def _record(actor: Actor, dataset: Dataset, row: DatasetVersion) -> Received[DatasetVersion]:
    known = dataset.versions.filter(digest=row.digest).first()
    if known is not None:
        return Received(_same(known, row), fresh=False)
    row.dataset, row.number = dataset, next_in(dataset.versions)
    row.save(force_insert=True)
    ledger.append(
        actor=actor,
        kind=Kind.DATASET_VERSION_RECEIVED,
        subject=Subject("catalog.dataset_version", row.pk),
        body={
            "dataset": str(dataset.pk),
            "number": row.number,
            "role": row.role,
            "digest": row.digest,
            "format": row.format,
            "size": row.size,
            "window": [jsonable(row.window_start), jsonable(row.window_end)],
        },
    )
    enqueue(INSPECT, "dataset_version", str(row.pk), queue=INSPECT_QUEUE)
    return Received(row, fresh=True)


def _same(known: DatasetVersion, again: DatasetVersion) -> DatasetVersion:
    if known.role != again.role:
        message = f"These bytes are version {known.number} already, as {known.get_role_display()}."
        raise Conflict("bytes-known", message, errors={"role": [message]})
    return known
