"""What the sandbox found in a file, written once by the service."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.access.permissions import require_service
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.kinds import INSPECT_LEASE, MAX_ATTEMPTS, Findings, Inspection, Kind
from inventory.catalog.models import Artifact, DatasetVersion

LOST_TOO_OFTEN = "Looking into this file ended its worker three times; it is not tried again."
_NOUNS: dict[str, tuple[Any, Kind]] = {
    "artifact": (Artifact, Kind.ARTIFACT_INSPECTED),
    "dataset_version": (DatasetVersion, Kind.DATASET_VERSION_INSPECTED),
}


@transaction.atomic(durable=True)
def claim_inspection(*, actor: Actor, noun: str, row_id: uuid.UUID) -> bool:
    """Take a waiting file for one worker; False when there is nothing to take.

    The third attempt is the last: a file whose worker was lost three times is unreadable, said so.
    """
    require_service(actor)
    now = timezone.now()
    free = Q(inspection_lease_until=None) | Q(inspection_lease_until__lt=now)
    model, _ = _NOUNS[noun]
    rows = model.objects.filter(free, pk=row_id, inspection=Inspection.WAITING)
    taken = rows.filter(inspection_attempt__lt=MAX_ATTEMPTS).update(
        inspection_attempt=F("inspection_attempt") + 1,
        inspection_lease_until=now + timedelta(seconds=INSPECT_LEASE),
    )
    if not taken and rows.exists():
        _record(actor, noun, row_id, Findings(reason=LOST_TOO_OFTEN))
    return bool(taken)


@transaction.atomic(durable=True)
def return_inspection(*, actor: Actor, noun: str, row_id: uuid.UUID) -> None:
    """Undo a claim under which nothing was tried, as on a machine without a sandbox."""
    require_service(actor)
    model, _ = _NOUNS[noun]
    rows = model.objects.filter(pk=row_id, inspection=Inspection.WAITING, inspection_attempt__gt=0)
    rows.update(inspection_attempt=F("inspection_attempt") - 1)


@transaction.atomic(durable=True)
def record_inspection(*, actor: Actor, noun: str, row_id: uuid.UUID, findings: Findings) -> bool:
    """Write what was found in an artifact or dataset version; False when that was done before."""
    require_service(actor)
    return _record(actor, noun, row_id, findings)


def _record(actor: Actor, noun: str, row_id: uuid.UUID, findings: Findings) -> bool:
    model, kind = _NOUNS[noun]
    state = Inspection.UNREADABLE if findings.reason else Inspection.READABLE
    values: dict[str, Any] = {"inspection": state, "inspection_note": findings.reason}
    if noun == "artifact":
        values["facts"] = dict(findings.facts)
    else:
        values |= {"rows": findings.rows, "columns": list(findings.columns)}
    waiting = model.objects.filter(pk=row_id, inspection=Inspection.WAITING)
    if not waiting.update(**values):
        return False
    body: dict[str, Json] = {"state": state.value, "reason": findings.reason}
    body |= {"rows": findings.rows, "columns": len(findings.columns)} if findings.columns else {}
    ledger.append(actor=actor, kind=kind, subject=Subject(f"catalog.{noun}", row_id), body=body)
    return True
