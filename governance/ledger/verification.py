"""Recomputing the whole ledger from its stored rows.

Streams in order and holds one row at a time, so memory does not grow with the chain. All of it is
read as it stood at one moment, so that writers neither wait nor look like a fault. Every column is
compared with the bytes that were hashed, and every body with its digest and its queryable copy.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from governance.ledger import rules
from governance.ledger.kinds import GENESIS, Subject
from governance.ledger.models import Body, Entry, Head

CHUNK = 2_000
_EXACT = 2**53
# What is raised by a value that is none of its column's kind: SQLite's file holds anything.
_UNREADABLE = (ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Verification:
    """``bad_seq`` and ``reason`` name the first entry that does not hold; None when all hold."""

    entries: int
    head: str
    bad_seq: int | None = None
    reason: str = ""

    @property
    def whole(self) -> bool:
        return self.bad_seq is None


def verify_ledger(on_progress: Callable[[int, int], None] | None = None) -> Verification:
    """Return what recomputing every entry, body and the head found; stops at the first fault.

    Called inside a transaction it reads what that transaction sees.
    """
    with _one_moment():
        return _verify(on_progress)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything from one snapshot, without a lock that a writer would wait for."""
    database: Any = connection
    if database.in_atomic_block:
        yield
        return
    if database.vendor == "postgresql":
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    mode, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        database.transaction_mode = mode


def _verify(on_progress: Callable[[int, int], None] | None) -> Verification:
    head = Head.objects.first()
    total = head.size if head else 0
    previous, count, last_ts = GENESIS, 0, None
    try:
        for entry, body in _pairs(total):
            reason = entry_fault(entry, body, count + 1, previous)
            if not reason and last_ts is not None and entry.ts < last_ts:
                reason = "its time lies before the entry before it"
            if reason:
                return Verification(count, previous, count + 1, reason)
            previous, count, last_ts = entry.entry_hash, count + 1, entry.ts
            if on_progress and count % CHUNK == 0:
                on_progress(count, total)
    except _UNREADABLE as error:
        return Verification(count, previous, count + 1, f"it cannot be read: {error}")
    beyond = Entry.objects.filter(seq__gt=total).exists()
    if beyond or (total, head.hash if head else GENESIS) != (count, previous):
        return Verification(count, previous, count + 1, _head_fault(total, count))
    return Verification(count, previous)


def _head_fault(size: int, count: int) -> str:
    if size > count:
        return f"the head counts {size} entries, {count} are there: the end was cut off"
    return "the head does not name the last entry"


def _pairs(size: int) -> Iterator[tuple[Entry, Body | None]]:
    bodies = Body.objects.order_by("entry_id").iterator(chunk_size=CHUNK)
    body = next(bodies, None)
    for entry in Entry.objects.filter(seq__lte=size).order_by("seq").iterator(chunk_size=CHUNK):
        while body is not None and body.entry_id < entry.seq:
            body = next(bodies, None)
        yield entry, body if body is not None and body.entry_id == entry.seq else None


def entry_fault(entry: Entry, body: Body | None, expected_seq: int, previous: str) -> str:
    """Return why an entry does not hold after one whose hash is ``previous``; nothing when it does.

    Every column is held against the bytes that were hashed, and the body with its queryable copy.
    """
    preimage = bytes(entry.preimage)
    if entry.seq != expected_seq:
        return f"entry {expected_seq} is missing"
    if entry.prev_hash != previous:
        return "it does not follow the entry before it"
    if rules.entry_hash(preimage) != entry.entry_hash:
        return "its hash does not match its bytes"
    if _facts(entry).preimage() != preimage:
        return "its columns do not match the bytes that were hashed"
    return _body_fault(entry, body)


def _facts(entry: Entry) -> rules.EntryFacts:
    return rules.EntryFacts(
        seq=entry.seq,
        ts=entry.ts,
        actor_id=UUID(str(entry.actor_id)),
        actor_role=entry.actor_role,
        kind=entry.kind,
        subject=Subject(entry.subject_type, UUID(str(entry.subject_id))),
        body_digest=entry.body_digest,
        prev=entry.prev_hash,
    )


def _body_fault(entry: Entry, body: Body | None) -> str:
    if body is None:
        return "its body is missing"
    stored = bytes(body.canonical)
    if rules.body_digest(bytes(body.salt), stored) != entry.body_digest:
        return "its body does not match its digest"
    if not _same(json.loads(stored), body.data):
        return "the queryable copy of its body differs from the bytes that were hashed"
    return ""


def _same(hashed: Any, copy: Any) -> bool:
    """Compare with types: Python calls ``True``, ``1`` and ``1.0`` equal, no reader does.

    Beyond 2**53 a number is a float, which PostgreSQL writes as a whole number.
    """
    if isinstance(hashed, dict) and isinstance(copy, dict):
        return hashed.keys() == copy.keys() and all(_same(hashed[k], copy[k]) for k in hashed)
    if isinstance(hashed, list) and isinstance(copy, list):
        return len(hashed) == len(copy) and all(map(_same, hashed, copy))
    if isinstance(hashed, float) and isinstance(copy, int) and abs(hashed) >= _EXACT:
        return float(copy) == hashed
    return type(hashed) is type(copy) and bool(hashed == copy)
