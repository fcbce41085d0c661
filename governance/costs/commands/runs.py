"""Runs of allocation: asked for by people, worked by workers, published in one short step."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands import storing
from governance.costs.kinds import (
    ALLOCATE,
    MAX_ATTEMPTS,
    QUEUE,
    CostRunState,
    Kind,
    PeriodState,
    RuleSetState,
)
from governance.costs.models import AllocationRun, BatchPart, RuleSet
from governance.costs.querysets.closing import closed_on
from governance.costs.rules.invariants import publishable
from governance.costs.rules.months import next_month
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Moved, RuleBroken
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number

LEASE = dt.timedelta(minutes=15)  # a worker renews it whenever it says what it is doing
WAITS = (CostRunState.QUEUED, CostRunState.RUNNING)


class LostRun(Conflict):
    """Another worker has the run, or it is over: stop, and write nothing more."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a worker found, as the run stores it."""

    inputs: Mapping[str, Any]
    result_digest: str
    invariants: list[dict[str, Any]]
    summary: Mapping[str, Any]
    difference: list[dict[str, Any]]
    adjustment: list[dict[str, Any]]
    supersedes: UUID | None


@transaction.atomic(durable=True)
def request_run(
    *, actor: Actor, month: dt.date, ruleset_id: UUID | None = None, dry: bool = False
) -> AllocationRun:
    """Queue the allocation of a month under the rules in force, or, dry, under any set.

    The set is locked, so that two who ask get one run: while the same is queued or running, that
    one is returned. Raises ``RuleBroken`` without bills or rules.
    """
    right = Permission.COST_RULE_EDIT if dry else Permission.COST_ALLOCATE
    permissions.require_everywhere(actor, right)
    return queue_run(actor, month, ruleset_id, dry=dry)


def queue_run(
    actor: Actor, month: dt.date, ruleset_id: UUID | None = None, *, dry: bool = False
) -> AllocationRun:
    """Queue a run inside the caller's command, which has asked who may."""
    ruleset = _ruleset(month, ruleset_id, dry=dry)
    _require_bills(month)
    same = AllocationRun.objects.filter(month=month, ruleset=ruleset, dry=dry, state__in=WAITS)
    if (waiting := same.first()) is not None:
        return waiting
    run = AllocationRun.objects.create(
        number=next_number("allocation"),
        month=month,
        ruleset=ruleset,
        dry=dry,
        progress="Waiting for a worker",
        requested_by_id=actor.id,
    )
    _record(actor, Kind.RUN_REQUESTED, run, {"dry": dry})
    enqueue(ALLOCATE, str(run.pk), queue=QUEUE)
    return run


@transaction.atomic(durable=True)
def claim_run(run_id: UUID) -> AllocationRun | None:
    """Take a run that waits, or whose worker fell silent; None when somebody else has it."""
    now = timezone.now()
    free = Q(state=CostRunState.QUEUED) | Q(state=CostRunState.RUNNING, lease_until__lt=now)
    taken = AllocationRun.objects.filter(free, pk=run_id, attempt__lt=MAX_ATTEMPTS).update(
        state=CostRunState.RUNNING, attempt=F("attempt") + 1, lease_until=now + LEASE
    )
    if not taken:
        return None
    return AllocationRun.objects.select_related("ruleset").get(pk=run_id)


@transaction.atomic(durable=True)
def tell_run(run: AllocationRun, words: str) -> None:
    """Say what is being done, which renews the lease; raises ``LostRun``."""
    held = AllocationRun.objects.filter(
        pk=run.pk, state=CostRunState.RUNNING, attempt=run.attempt
    ).update(progress=words[:200], lease_until=timezone.now() + LEASE)
    if not held:
        raise LostRun("lost-run", f"{run.public_id} is in other hands, or over.")


@transaction.atomic(durable=True)
def store_charges(
    *, run: AllocationRun, charges: Path, days: Path, kept: Mapping[str, UUID]
) -> None:
    """Copy a run's charges and days in, in place of what an attempt before may have left.

    ``kept`` are runs by issuer: those of its charges are taken over as they stand there.
    """
    _held(run)
    storing.replace(run.pk, charges, days, kept)


@transaction.atomic(durable=True)
def record_run(*, actor: Actor, run: AllocationRun, found: Computed) -> AllocationRun:
    """End a run with what was found. It speaks for nobody before it is published."""
    permissions.require_service(actor)
    row = _held(run)
    row.state, row.progress, row.lease_until = CostRunState.COMPUTED, "", None
    row.inputs, row.inputs_digest = dict(found.inputs), digest(found.inputs)
    row.result_digest, row.summary = found.result_digest, dict(found.summary)
    row.invariants, row.difference = found.invariants, found.difference
    row.adjustment = found.adjustment
    row.supersedes_id, row.finished_at, row.failure = found.supersedes, timezone.now(), ""
    row.save()
    told: dict[str, Json] = {
        "inputs": row.inputs_digest,
        "result": row.result_digest,
        "publishable": publishable(row.invariants),
    }
    _record(actor, Kind.RUN_COMPUTED, row, told)
    return row


@transaction.atomic(durable=True)
def publish_run(*, actor: Actor, run_id: UUID, seen: str | None = None) -> AllocationRun:
    """Let a computed run speak for its month, in place of the one that did.

    ``seen`` is the result's digest as it was read. Raises ``RuleBroken`` when an invariant does not
    hold or the run is dry; ``Conflict`` when the month is closed, or bills or the published run
    have changed since: allocate again.
    """
    row = _locked_with_former(AllocationRun.objects.get_visible(actor, run_id))
    permissions.require(actor, Permission.COST_ALLOCATE, row, view=Permission.COST_VIEW)
    return _publish(actor, row, seen)


@transaction.atomic(durable=True)
def publish_final_run(*, actor: Actor, run_id: UUID) -> AllocationRun:
    """Let the run that a closing had computed speak for its month; raises as ``publish_run``."""
    permissions.require_service(actor)
    return _publish(actor, _locked_with_former(AllocationRun.objects.get(pk=run_id)), None)


def _publish(actor: Actor, row: AllocationRun, seen: str | None) -> AllocationRun:
    ledger.hold()
    if row.state == CostRunState.PUBLISHED:
        return row
    _require_publishable(row, seen)
    former = AllocationRun.objects.filter(month=row.month, state=CostRunState.PUBLISHED)
    before = former.first()
    if (before.pk if before else None) != row.supersedes_id:
        raise Conflict("run-behind", "Another run was published meanwhile; allocate again.")
    former.update(state=CostRunState.SUPERSEDED)
    row.state, row.published_at = CostRunState.PUBLISHED, timezone.now()
    row.save(update_fields=["state", "published_at"])
    told: dict[str, Json] = {
        "result": row.result_digest,
        "supersedes": str(row.supersedes_id) if row.supersedes_id else None,
    }
    _record(actor, Kind.RUN_PUBLISHED, row, told)
    return row


@transaction.atomic(durable=True)
def fail_run(*, actor: Actor, run: AllocationRun, reason: str) -> AllocationRun:
    """End a run that cannot end well, with the reason."""
    permissions.require_service(actor)
    row = _held(run)
    row.state, row.failure, row.progress = CostRunState.FAILED, reason, ""
    row.lease_until, row.finished_at = None, timezone.now()
    row.save(update_fields=["state", "failure", "progress", "lease_until", "finished_at"])
    storing.remove(row.pk)
    _record(actor, Kind.RUN_FAILED, row, {"reason_digest": digest(reason)})
    return row


@transaction.atomic(durable=True)
def release_run(run: AllocationRun, reason: str) -> None:
    """Give a run back to the queue, for another attempt."""
    AllocationRun.objects.filter(pk=run.pk, state=CostRunState.RUNNING, attempt=run.attempt).update(
        state=CostRunState.QUEUED, lease_until=None, progress=reason[:200]
    )


@transaction.atomic(durable=True)
def sweep_allocations(*, actor: Actor) -> int:
    """Send again what was lost between commit and broker; end what was tried too often."""
    permissions.require_service(actor)
    now = timezone.now()
    silent = Q(state=CostRunState.RUNNING, lease_until__lt=now)
    lost_often = AllocationRun.objects.locking().filter(silent, attempt__gte=MAX_ATTEMPTS)
    for run in lost_often.order_by("pk"):
        run.state, run.finished_at, run.lease_until = CostRunState.FAILED, now, None
        run.failure = "Its worker was lost three times; it is not tried again."
        run.save(update_fields=["state", "finished_at", "lease_until", "failure"])
        _record(actor, Kind.RUN_FAILED, run, {"reason_digest": digest(run.failure)})
    late = Q(state=CostRunState.QUEUED, requested_at__lt=now - dt.timedelta(seconds=30))
    lost = AllocationRun.objects.filter(silent | late).values_list("pk", flat=True)[:100]
    for pk in lost:
        enqueue(ALLOCATE, str(pk), queue=QUEUE)
    return len(lost)


def _ruleset(month: dt.date, ruleset_id: UUID | None, *, dry: bool) -> RuleSet:
    if month.day != 1:
        raise RuleBroken("not-a-month", "Give the first day of the month.")
    if ruleset_id is None:
        found = RuleSet.objects.in_force(month)
        if found is None:
            raise RuleBroken("no-rules", f"No rules are in force for {month:%Y-%m}; approve some.")
        ruleset_id = found.pk
    chosen = RuleSet.objects.locked(ruleset_id)
    if not dry and chosen.state != RuleSetState.APPROVED:
        said = f"{chosen.public_id} is {chosen.get_state_display().lower()}: only a dry run of it."
        raise RuleBroken("rules-not-approved", said)
    return chosen


def _locked_with_former(run: AllocationRun) -> AllocationRun:
    """Return ``run``, locked together with the one that it would supersede."""
    both = [key for key in (run.pk, run.supersedes_id) if key is not None]
    rows = AllocationRun.objects.locking().filter(pk__in=both)
    return next(row for row in rows.order_by("pk") if row.pk == run.pk)


def _parts(month: dt.date) -> Any:
    within = {"period__start__gte": month, "period__start__lt": next_month(month)}
    return BatchPart.objects.current().filter(**within)


def _require_bills(month: dt.date) -> None:
    if not _parts(month).exists():
        raise RuleBroken("no-bills", f"There is no accepted bill for {month:%Y-%m} yet.")


def _require_publishable(row: AllocationRun, seen: str | None) -> None:
    if row.dry:
        raise RuleBroken("dry-run", "A dry run shows what would be; it is never published.")
    if row.state != CostRunState.COMPUTED:
        raise Conflict("not-computed", f"{row.public_id} is {row.get_state_display().lower()}.")
    if seen is not None and seen != row.result_digest:
        raise Moved("moved", "This is not the result that you read; read it again.")
    if not publishable(row.invariants):
        failed = [c["title"] for c in row.invariants if c["blocks"] and c["holds"] is False]
        raise RuleBroken("invariants", f"It does not hold: {', '.join(failed)}.")
    parts = _parts(row.month)
    if not parts.exclude(period__state=PeriodState.CLOSED).exists():
        raise Conflict("period-closed", "The month is closed; it keeps its published run.")
    if set(parts.values_list("pk", flat=True)) != {bill["part"] for bill in row.inputs["bills"]}:
        raise Conflict("bills-changed", "Bills have come or gone since; allocate again.")
    kept = {issuer: str(key) for issuer, key in closed_on(row.month).items()}
    if kept != row.inputs.get("kept", {}):
        raise Conflict("periods-changed", "A period was closed or opened since; allocate again.")


def _held(run: AllocationRun) -> AllocationRun:
    mine = {"pk": run.pk, "state": CostRunState.RUNNING, "attempt": run.attempt}
    found = AllocationRun.objects.locking().filter(**mine).first()
    if found is None:
        raise LostRun("lost-run", f"{run.public_id} is in other hands, or over.")
    return found


def _record(actor: Actor, kind: Kind, run: AllocationRun, body: Mapping[str, Json]) -> None:
    about: dict[str, Json] = {
        "public_id": run.public_id,
        "month": run.month.isoformat(),
        "ruleset": str(run.ruleset_id),
    }
    subject = Subject("costs.run", run.pk)
    ledger.append(actor=actor, kind=kind, subject=subject, body={**about, **body})
