"""Exports: asked for by people, written by workers, each run's file once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.access import permissions
from governance.costs.kinds import (
    EXPORT,
    MAX_ATTEMPTS,
    QUEUE,
    CostRunState,
    ExportState,
    Kind,
)
from governance.costs.models import AllocationRun, FocusExport
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Missing, RuleBroken
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

LEASE = dt.timedelta(minutes=30)  # splitting millions of lines is one step without a word
_WAITING = "Waiting for a worker"


class LostExport(Conflict):
    """Another worker has the export, or it is over: stop, and write nothing more."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a worker wrote and kept, as the export stores it."""

    digest: str
    size: int
    rows: int
    sums: list[dict[str, Any]]
    not_held: Mapping[str, list[str]]


@transaction.atomic(durable=True)
def request_export(*, actor: Actor, run_id: UUID) -> FocusExport:
    """Queue a published run's FOCUS file; the one there is, or under way, is returned.

    One that failed is tried anew. Raises ``RuleBroken`` when the run speaks for no month.
    """
    run = AllocationRun.objects.get_visible(actor, run_id)
    ledger.hold()
    row = FocusExport.objects.filter(run=run, result_digest=run.result_digest).first()
    if row is not None and row.state != ExportState.FAILED:
        return row
    if run.state != CostRunState.PUBLISHED:
        said = (
            f"{run.public_id} is {run.get_state_display().lower()}; only a published run goes out."
        )
        raise RuleBroken("not-published", said)
    row = row or FocusExport(run=run, result_digest=run.result_digest)
    row.state, row.progress, row.failure, row.attempt = ExportState.QUEUED, _WAITING, "", 0
    row.requested_by_id, row.requested_at, row.finished_at = actor.id, timezone.now(), None
    row.save()
    _record(actor, Kind.EXPORT_REQUESTED, row, {})
    enqueue(EXPORT, str(row.pk), queue=QUEUE)
    return row


@transaction.atomic(durable=True)
def claim_export(export_id: UUID) -> FocusExport | None:
    """Take an export that waits, or whose worker fell silent; None when somebody else has it."""
    now = timezone.now()
    free = Q(state=ExportState.QUEUED) | Q(state=ExportState.RUNNING, lease_until__lt=now)
    taken = FocusExport.objects.filter(free, pk=export_id, attempt__lt=MAX_ATTEMPTS).update(
        state=ExportState.RUNNING, attempt=F("attempt") + 1, lease_until=now + LEASE
    )
    return FocusExport.objects.select_related("run").get(pk=export_id) if taken else None


@transaction.atomic(durable=True)
def tell_export(export: FocusExport, words: str) -> None:
    """Say what is being done, which renews the lease; raises ``LostExport``."""
    held = _mine(export).update(progress=words[:200], lease_until=timezone.now() + LEASE)
    if not held:
        raise LostExport("lost-export", f"{export} is in other hands, or over.")


@transaction.atomic(durable=True)
def record_export(*, actor: Actor, export: FocusExport, found: Written) -> FocusExport:
    """End an export with the file that is kept."""
    permissions.require_service(actor)
    row = _held(export)
    row.state, row.progress, row.lease_until = ExportState.READY, "", None
    row.digest, row.size, row.rows = found.digest, found.size, found.rows
    row.sums, row.not_held, row.finished_at = found.sums, dict(found.not_held), timezone.now()
    row.save()
    told: dict[str, Json] = {"digest": row.digest, "size": row.size, "rows": row.rows}
    _record(actor, Kind.EXPORT_WRITTEN, row, told)
    return row


@transaction.atomic(durable=True)
def fail_export(*, actor: Actor, export: FocusExport, reason: str) -> FocusExport:
    """End an export that cannot end well, with the reason."""
    permissions.require_service(actor)
    row = _held(export)
    _fail(actor, row, reason)
    return row


@transaction.atomic(durable=True)
def release_export(export: FocusExport, reason: str) -> None:
    """Give an export back to the queue, for another attempt."""
    _mine(export).update(state=ExportState.QUEUED, lease_until=None, progress=reason[:200])


@transaction.atomic(durable=True)
def take_export(*, actor: Actor, export_id: UUID) -> FocusExport:
    """Note who took the file away; returns the export, which must be ready."""
    row = FocusExport.objects.select_related("run").get_visible(actor, export_id)
    if row.state != ExportState.READY:
        raise Missing("export-not-ready", f"{row} is {row.get_state_display().lower()}.")
    _record(actor, Kind.EXPORT_TAKEN, row, {"digest": row.digest})
    return row


@transaction.atomic(durable=True)
def sweep_exports(*, actor: Actor) -> int:
    """Send again what was lost between commit and broker; end what was tried too often."""
    permissions.require_service(actor)
    now = timezone.now()
    silent = Q(state=ExportState.RUNNING, lease_until__lt=now)
    tried = FocusExport.objects.select_related("run").filter(silent, attempt__gte=MAX_ATTEMPTS)
    for row in tried:
        _fail(actor, row, "Its worker was lost three times; it is not tried again.")
    late = Q(state=ExportState.QUEUED, requested_at__lt=now - dt.timedelta(seconds=30))
    lost = FocusExport.objects.filter(silent | late).values_list("pk", flat=True)[:100]
    for pk in lost:
        enqueue(EXPORT, str(pk), queue=QUEUE)
    return len(lost)


def _mine(export: FocusExport) -> Any:
    return FocusExport.objects.filter(
        pk=export.pk, state=ExportState.RUNNING, attempt=export.attempt
    )


def _held(export: FocusExport) -> FocusExport:
    found = _mine(export).select_for_update(of=("self",)).select_related("run").first()
    if found is None:
        raise LostExport("lost-export", f"{export} is in other hands, or over.")
    row: FocusExport = found
    return row


def _fail(actor: Actor, row: FocusExport, reason: str) -> None:
    row.state, row.failure, row.progress = ExportState.FAILED, reason, ""
    row.lease_until, row.finished_at = None, timezone.now()
    row.save(update_fields=["state", "failure", "progress", "lease_until", "finished_at"])
    _record(actor, Kind.EXPORT_FAILED, row, {"reason_digest": digest(reason)})


def _record(actor: Actor, kind: Kind, row: FocusExport, body: Mapping[str, Json]) -> None:
    about: dict[str, Json] = {"run": row.run.public_id, "result": row.result_digest}
    subject = Subject("costs.export", row.pk)
    ledger.append(actor=actor, kind=kind, subject=subject, body={**about, **body})
