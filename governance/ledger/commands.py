"""Appending: the one way into the ledger."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.tasks import enqueue
from governance.ledger import rules
from governance.ledger.kinds import ADVANCE_FLOWS, GENESIS, Subject
from governance.ledger.models import Body, Entry, Head

_SALT_BYTES = 16


class OutsideTransaction(RuntimeError):
    """A defect: an event would have stood without the change that it tells of, or the reverse."""


def append(*, actor: Actor, kind: str, subject: Subject, body: Mapping[str, Json]) -> Entry:
    """Append one event inside the caller's transaction and return its entry.

    Locks the head row until that transaction ends, so the chain cannot fork. Bodies carry no names
    and no e-mail addresses: people stand in them by their id. Raises ``OutsideTransaction``.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind} appended outside a transaction")
    head, now = _locked_head()
    salt, canonical_body = secrets.token_bytes(_SALT_BYTES), rules.body_bytes(body)
    facts = rules.EntryFacts(
        seq=head.size + 1,
        ts=max(now, head.ts),
        actor_id=actor.id,
        actor_role="+".join(sorted(actor.roles)),
        kind=kind,
        subject=subject,
        body_digest=rules.body_digest(salt, canonical_body),
        prev=head.hash,
    )
    entry = _insert(facts)
    stored = json.loads(canonical_body)
    Body.objects.create(entry=entry, salt=salt, canonical=canonical_body, data=stored)
    Head.objects.filter(pk=head.pk).update(size=facts.seq, hash=entry.entry_hash, ts=facts.ts)
    enqueue(ADVANCE_FLOWS)
    return entry


def hold() -> None:
    """Let nobody else commit an event until the caller's transaction ends.

    Every command appends, so what is read after this stays true until the caller appends in turn.
    Raises ``OutsideTransaction``.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("the ledger held outside a transaction")
    _locked_head()


def _locked_head() -> tuple[Head, datetime]:
    rows: Any = Head.objects.select_for_update().annotate(now=Now())
    head = rows.first()
    if head is None:
        Head.objects.bulk_create(
            [Head(pk=1, size=0, hash=GENESIS, ts=datetime.fromisoformat("1970-01-01T00:00:00Z"))],
            ignore_conflicts=True,
        )
        head = rows.get()
    return head, head.now


def _insert(facts: rules.EntryFacts) -> Entry:
    preimage = facts.preimage()
    return Entry.objects.create(
        seq=facts.seq,
        ts=facts.ts,
        actor_id=facts.actor_id,
        actor_role=facts.actor_role,
        kind=facts.kind,
        subject_type=facts.subject.type,
        subject_id=facts.subject.id,
        body_digest=facts.body_digest,
        prev_hash=facts.prev,
        entry_hash=rules.entry_hash(preimage),
        preimage=preimage,
    )
