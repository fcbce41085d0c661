"""Proof that entries stand in the ledger, checkable without us."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.kernel.canonical import Json
from governance.ledger import rules
from governance.ledger.kinds import GENESIS
from governance.ledger.models import Entry, Head
from governance.ledger.verification import entry_fault


@dataclass(frozen=True, slots=True)
class Position:
    """The ledger as displayed at one moment: its length, last hash and RFC 6962 root."""

    size: int
    head: str
    root: str


def head_position() -> tuple[int, str]:
    """Return the ledger's present size and head hash: one row read, cheap enough for any page."""
    head = Head.objects.first()
    return (head.size, head.hash) if head else (0, GENESIS)


def position() -> Position:
    """Return the present position with its root; reads every leaf hash, so not for each request."""
    size, head = head_position()
    return Position(size, head, rules.merkle_root(Entry.objects.all().hashes(size)))


def prove(seqs: Sequence[int], at: Position) -> dict[str, Json]:
    """Return inclusion proofs of the entries ``seqs`` in the tree of the first ``at.size``.

    Each carries its body and salt, so a reader can recompute everything down to the root alone.
    """
    leaves = Entry.objects.all().hashes(at.size)
    entries = Entry.objects.filter(seq__in=seqs, seq__lte=at.size).select_related("body")
    return {
        "format": "assay-ledger-proof/1",
        "size": at.size,
        "root": at.root,
        "head": at.head,
        "entries": [
            {
                "seq": entry.seq,
                "preimage": bytes(entry.preimage).decode(),
                "entry_hash": entry.entry_hash,
                "path": list(rules.inclusion_path(leaves, entry.seq - 1)),
                "body": bytes(entry.body.canonical).decode(),
                "salt": bytes(entry.body.salt).hex(),
            }
            for entry in entries.order_by("seq")
        ],
    }


def check_entry(seq: int) -> tuple[bool, str]:
    """Hold entry ``seq`` against its bytes, its body and its two neighbours; the answer and why.

    Reads three entries however long the ledger is, since anybody may ask, of any report, at any
    time. Whoever rewrites an entry with hashes of its own must rewrite all that follow it, which
    ``verify_ledger`` and the root in every report given out tell.
    """
    size, head = head_position()
    near = Entry.objects.filter(seq__in=[seq - 1, seq, seq + 1]).select_related("body")
    found = {entry.seq: entry for entry in near}
    entry, before, after = (found.get(at) for at in (seq, seq - 1, seq + 1))
    if entry is None or seq > size:
        return False, f"The ledger has no entry {seq}."
    previous = before.entry_hash if before else GENESIS if seq == 1 else ""
    if fault := entry_fault(entry, getattr(entry, "body", None), seq, previous):
        return False, f"Entry {seq} does not hold: {fault}."
    following = head if seq == size else after.prev_hash if after else ""
    if following != entry.entry_hash:
        return False, f"Entry {seq} does not hold: what follows it names another."
    return True, f"Entry {seq} stands in the ledger, whole and between its neighbours."
