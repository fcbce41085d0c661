"""What other apps show of the ledger: the events about some things, as plain values."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.kernel.rest.paging import Page, keyset_page
from governance.ledger.kinds import GENESIS
from governance.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Event:
    """``body`` is empty when it was erased; people stand in it by their id.

    ``hash`` is the entry's own, which was the chain's head when the entry was the last.
    """

    seq: int
    ts: datetime
    actor_id: uuid.UUID
    actor_role: str
    kind: str
    subject_type: str
    subject_id: uuid.UUID
    body: dict[str, Any]
    hash: str


def event(seq: int) -> Event | None:
    """Return the event at ``seq``, or None when the ledger is shorter."""
    entry = Entry.objects.select_related("body").filter(seq=seq).first()
    return _event(entry) if entry else None


def events_about(ids: Collection[uuid.UUID]) -> list[Event]:
    """Return every event whose subject is one of ``ids``, oldest first."""
    rows = Entry.objects.filter(subject_id__in=ids).select_related("body").order_by("seq")
    return [_event(entry) for entry in rows]


def last_event(subject_id: uuid.UUID, kinds: Collection[str]) -> Event | None:
    """Return the latest event of these kinds about one subject."""
    rows = Entry.objects.filter(subject_id=subject_id, kind__in=kinds)
    entry = rows.select_related("body").order_by("seq").last()
    return _event(entry) if entry else None


def search(
    *, kind: str = "", actor_id: uuid.UUID | None = None, subject_id: uuid.UUID | None = None
) -> Any:
    """Return the entries of the trail, narrowed; page them with ``trail_page``."""
    rows = Entry.objects.all()
    if kind:
        rows = rows.filter(kind__startswith=kind)
    if actor_id:
        rows = rows.filter(actor_id=actor_id)
    if subject_id:
        rows = rows.filter(subject_id=subject_id)
    return rows


def trail_page(rows: Any, *, size: int, cursor: str | None) -> "Page[Entry]":
    """Return one page of ``search``, newest first, as events."""
    page = keyset_page(rows.select_related("body"), order=("-seq",), size=size, cursor=cursor)
    return Page([_event(entry) for entry in page.items], page.next_cursor, page.size)


def history(ids: Sequence[uuid.UUID], most: int = 200) -> tuple[Event, ...]:
    """Return the newest ``most`` events about the things ``ids``, newest first, in one query."""
    rows = Entry.objects.filter(subject_id__in=list(ids)).select_related("body")
    return tuple(_event(entry) for entry in rows.order_by("-seq")[:most])


def events_after(seq: int, kinds: Collection[str], most: int) -> tuple[Event, ...]:
    """Return the first ``most`` events of these kinds beyond ``seq``, oldest first."""
    rows = Entry.objects.filter(seq__gt=seq, kind__in=kinds).select_related("body")
    return tuple(_event(entry) for entry in rows.order_by("seq")[:most])


def count_after(seq: int, kinds: Collection[str]) -> int:
    return int(Entry.objects.filter(seq__gt=seq, kind__in=kinds).count())


def stood_at(size: int, head: str) -> bool:
    """Return whether the ledger once had ``size`` entries and ``head`` as its last hash."""
    if size == 0:
        return head == GENESIS
    return bool(Entry.objects.filter(seq=size, entry_hash=head).exists())


def _event(entry: Entry) -> Event:
    body = getattr(entry, "body", None)
    return Event(
        seq=entry.seq,
        ts=entry.ts,
        actor_id=entry.actor_id,
        actor_role=entry.actor_role,
        kind=entry.kind,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        body=dict(body.data) if body else {},
        hash=entry.entry_hash,
    )
