"""How an entry is hashed and how a chain is proved. Pure: values in, values out.

Entry hash: ``SHA-256(0x00 ‖ JCS({v, seq, ts, actor, kind, subject, body_digest, prev}))``. The zero
byte is RFC 6962's leaf prefix, so the entries are already the leaves of a Merkle tree and nothing
needs hashing again. Body digest: ``SHA-256(salt ‖ JCS(body))``, so that a body can be erased while
the chain still verifies, and a short body cannot be guessed from its digest.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from governance.kernel.canonical import Json, canonical
from governance.ledger.kinds import FORMAT, Subject

_LEAF = b"\x00"
_NODE = b"\x01"


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """All that the entry hash covers."""

    seq: int
    ts: datetime
    actor_id: UUID
    actor_role: str
    kind: str
    subject: Subject
    body_digest: str
    prev: str

    def preimage(self) -> bytes:
        """Return the canonical bytes that are hashed, stored beside the entry and in proofs."""
        return canonical(
            {
                "v": FORMAT,
                "seq": self.seq,
                "ts": stamp(self.ts),
                "actor": {"id": str(self.actor_id), "role": self.actor_role},
                "kind": self.kind,
                "subject": {"type": self.subject.type, "id": str(self.subject.id)},
                "body_digest": self.body_digest,
                "prev": self.prev,
            }
        )


def stamp(moment: datetime) -> str:
    """Return UTC with microseconds and ``Z``; the one spelling of time in hashes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(preimage: bytes) -> str:
    return hashlib.sha256(_LEAF + preimage).hexdigest()


def body_digest(salt: bytes, body: bytes) -> str:
    return hashlib.sha256(salt + body).hexdigest()


def body_bytes(body: Json) -> bytes:
    return canonical(body)


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the RFC 6962 root over leaf hashes (hexadecimal); of none, SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return _root([bytes.fromhex(leaf) for leaf in leaves]).hex()


def inclusion_path(leaves: Sequence[str], index: int) -> list[str]:
    """Return the RFC 6962 audit path of leaf ``index`` (from 0), nearest sibling first."""
    path: list[str] = []
    level = [bytes.fromhex(leaf) for leaf in leaves]
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling].hex())
        level = _parents(level)
        index //= 2
    return path


def root_from_path(leaf: str, index: int, size: int, path: Sequence[str]) -> str:
    """Return the root that ``path`` leads to (RFC 9162, 2.1.3.2).

    Raises ``ValueError`` when the path does not fit a tree of ``size`` leaves.
    """
    if not 0 <= index < size:
        raise ValueError("the entry lies outside the tree")
    node, last, steps = bytes.fromhex(leaf), size - 1, list(path)
    while last > 0:
        if index % 2 == 0 and index == last:
            index, last = index // 2, last // 2
            continue
        if not steps:
            raise ValueError("the path is too short")
        sibling = bytes.fromhex(steps.pop(0))
        pair = sibling + node if index % 2 else node + sibling
        node = hashlib.sha256(_NODE + pair).digest()
        index, last = index // 2, last // 2
    if steps:
        raise ValueError("the path is too long")
    return node.hex()


def _parents(level: list[bytes]) -> list[bytes]:
    pairs = [
        hashlib.sha256(_NODE + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    return pairs + level[len(level) - len(level) % 2 :]


def _root(level: list[bytes]) -> bytes:
    while len(level) > 1:
        level = _parents(level)
    return level[0]
