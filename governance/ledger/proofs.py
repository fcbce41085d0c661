"""Proof that entries stand in the ledger, checkable without us."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.kernel.canonical import Json
from governance.ledger import rules
from governance.ledger.kinds import GENESIS
from governance.ledger.models import Entry, Head


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
    """Recompute entry ``seq`` from its body up to the present root; returns the answer and why."""
    entry = Entry.objects.filter(seq=seq).select_related("body").first()
    if entry is None:
        return False, f"The ledger has no entry {seq}."
    if rules.body_digest(bytes(entry.body.salt), bytes(entry.body.canonical)) != entry.body_digest:
        return False, f"The body of entry {seq} does not match its digest."
    if rules.entry_hash(bytes(entry.preimage)) != entry.entry_hash:
        return False, f"Entry {seq} does not match its hash."
    now = position()
    path = rules.inclusion_path(Entry.objects.all().hashes(now.size), seq - 1)
    if rules.root_from_path(entry.entry_hash, seq - 1, now.size, path) != now.root:
        return False, f"Entry {seq} is not in the ledger's tree."
    return True, f"Entry {seq} stands in the ledger's tree of {now.size} entries."
