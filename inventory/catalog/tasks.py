"""The catalogue's work in the background: looking into uploaded files."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from audits.engine.errors import SandboxMissingError
from governance.kernel.actor import system_actor
from governance.kernel.tasks import enqueue
from inventory.catalog import commands, inspection
from inventory.catalog.kinds import INSPECT, INSPECT_LIMIT, INSPECT_QUEUE, SWEEP, Inspection
from inventory.catalog.models import Artifact, DatasetVersion

_FORGOTTEN_AFTER = timedelta(minutes=2)
_MOST_AT_ONCE = 200


@shared_task(name=INSPECT, queue=INSPECT_QUEUE, time_limit=INSPECT_LIMIT)
def inspect(noun: str, row_id: str) -> None:
    """Look into one file and record what was found; does nothing while another worker has it."""
    actor, key = system_actor(), UUID(row_id)
    if not commands.claim_inspection(actor=actor, noun=noun, row_id=key):
        return
    try:
        findings = inspection.look_at(noun, key)
    except SandboxMissingError:
        commands.return_inspection(actor=actor, noun=noun, row_id=key)
        raise
    if findings is not None:
        commands.record_inspection(actor=actor, noun=noun, row_id=key, findings=findings)


@shared_task(name=SWEEP)
def sweep() -> None:
    """Send again what waits and nobody has: its message was lost, or its worker was."""
    now = timezone.now()
    free = Q(inspection_lease_until=None) | Q(inspection_lease_until__lt=now)
    before = now - _FORGOTTEN_AFTER
    nouns: tuple[tuple[str, Any], ...] = (
        ("artifact", Artifact),
        ("dataset_version", DatasetVersion),
    )
    for noun, model in nouns:
        waiting = model.objects.filter(free, inspection=Inspection.WAITING, created_at__lt=before)
        for key in waiting.order_by("created_at").values_list("pk", flat=True)[:_MOST_AT_ONCE]:
            enqueue(INSPECT, noun, str(key), queue=INSPECT_QUEUE)
