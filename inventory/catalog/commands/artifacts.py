"""Model files: sniffed, checked against the sender's digest, kept by their own."""

import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog import storage
from inventory.catalog.commands._shared import Received, insert, require_team, validated
from inventory.catalog.kinds import INSPECT, INSPECT_QUEUE, ArtifactFormat, Kind
from inventory.catalog.models import Artifact
from inventory.catalog.rules.fields import require_digest, tidy_file_name
from inventory.catalog.rules.formats import sniff_model
from inventory.catalog.uploads import require_within_cap, sha256_of


def receive_artifact(
    *, actor: Actor, team_id: uuid.UUID, upload: "UploadedFile[Any]", sha256: str | None = None
) -> Received[Artifact]:
    """Keep a model file for a team; the same bytes again give the artifact that is there.

    ``sha256`` is what the sender expects. Raises ``RuleBroken`` for another digest or for content
    that is no model format of ours, ``TooLarge`` beyond the cap; nothing is kept then. The bytes
    are stored before the transaction, which writes the row only.
    """
    require_team(actor, Permission.ARTIFACT_UPLOAD, team_id)
    require_within_cap(upload)
    found = sniff_model(upload)  # type: ignore[arg-type]
    digest = sha256_of(upload)
    require_digest(sha256, digest)
    storage.keep(upload, digest)
    return _record(actor, team_id, upload, digest, found)


@transaction.atomic(durable=True)
def _record(
    actor: Actor,
    team_id: uuid.UUID,
    upload: "UploadedFile[Any]",
    digest: str,
    found: ArtifactFormat,
) -> Received[Artifact]:
    known = Artifact.objects.filter(team_id=team_id, digest=digest).first()
    if known is not None:
        return Received(known, fresh=False)
    row = Artifact(
        team_id=team_id,
        digest=digest,
        format=found,
        size=upload.size or 0,
        file_name=tidy_file_name(upload.name),
        created_by_id=actor.id,
    )
    insert(
        validated(row), Conflict("received-twice", "The same file is being received; try again.")
    )
    ledger.append(
        actor=actor,
        kind=Kind.ARTIFACT_RECEIVED,
        subject=Subject("catalog.artifact", row.pk),
        body={"team": str(team_id), "digest": digest, "format": row.format, "size": row.size},
    )
    enqueue(INSPECT, "artifact", str(row.pk), queue=INSPECT_QUEUE)
    return Received(row, fresh=True)
