"""Advancing the reactions along the ledger.

A reaction's command is a transaction of its own, so the cursor cannot be locked by one around it:
it is held by a lease, taken and moved by guarded updates. Whoever dies leaves a lease that runs
out, and the event is reacted to again.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from governance.flows.kinds import BATCH, LEASE_SECONDS, LONGEST_ERROR
from governance.flows.models import Cursor
from governance.flows.reactions import REACTIONS, Reaction
from governance.flows.rules import wait_after
from governance.kernel.errors import Missing
from governance.ledger import reading

logger = logging.getLogger(__name__)


def advance(reactions: Sequence[Reaction] = REACTIONS) -> int:
    """Let every reaction that is free catch up with the ledger; return how many events were done.

    One that fails keeps its place, its error and the time of its next try; the others go on.
    """
    return sum(_catch_up(reaction) for reaction in reactions)


def retry_now(name: str) -> None:
    """Take away the wait of a reaction that failed; raises ``Missing`` for an unknown name."""
    if not Cursor.objects.filter(reaction=name).update(retry_at=None):
        raise Missing("not-found", f"No reaction {name!r} has started yet.")


def _catch_up(reaction: Reaction) -> int:
    done = 0
    while _has_work(reaction):
        holder = _claim(reaction)
        if holder is None:
            return done
        try:
            handled, clean = _drain(reaction, holder)
        finally:
            _release(reaction, holder)
        done += handled
        if not clean:
            return done
    return done


def _has_work(reaction: Reaction) -> bool:
    cursor = Cursor.objects.filter(reaction=reaction.name).first()
    return bool(reading.events_after(cursor.seq if cursor else 0, reaction.on, 1))


def _claim(reaction: Reaction) -> uuid.UUID | None:
    Cursor.objects.bulk_create([Cursor(reaction=reaction.name)], ignore_conflicts=True)
    holder, now = uuid.uuid4(), timezone.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    free = Cursor.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=now),
        Q(retry_at=None) | Q(retry_at__lte=now),
        reaction=reaction.name,
    )
    return holder if free.update(lease_holder=holder, lease_until=until) else None


def _release(reaction: Reaction, holder: uuid.UUID) -> None:
    held = Cursor.objects.filter(reaction=reaction.name, lease_holder=holder)
    held.update(lease_holder=None, lease_until=None)


def _drain(reaction: Reaction, holder: uuid.UUID) -> tuple[int, bool]:
    """Return how many events were done and whether none failed and the lease held."""
    held = Cursor.objects.filter(reaction=reaction.name, lease_holder=holder)
    at, done = held.values_list("seq", flat=True).get(), 0
    while events := reading.events_after(at, reaction.on, BATCH):
        for event in events:
            if not _try(reaction, event, holder):
                return done, False
            until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
            kept = held.update(
                seq=event.seq, error="", failures=0, retry_at=None, lease_until=until
            )
            if not kept:
                return done, False  # the lease ran out under us and somebody else goes on
            at, done = event.seq, done + 1
    return done, True


def _try(reaction: Reaction, event: reading.Event, holder: uuid.UUID) -> bool:
    try:
        reaction.run(event)
    except Exception as error:
        logger.exception("reaction failed", extra={"reaction": reaction.name, "seq": event.seq})
        _note_failure(reaction, holder, event, error)
        return False
    return True


def _note_failure(
    reaction: Reaction, holder: uuid.UUID, event: reading.Event, error: Exception
) -> None:
    held = Cursor.objects.filter(reaction=reaction.name, lease_holder=holder)
    failures = held.values_list("failures", flat=True).first() or 0
    held.update(
        error=f"#{event.seq} {event.kind}: {error}"[:LONGEST_ERROR].replace("\x00", ""),
        failures=F("failures") + 1,
        retry_at=timezone.now() + wait_after(failures + 1),
    )
