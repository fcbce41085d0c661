"""Holding the statement that somebody read against the statement that holds now. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Invalid, Moved

FORMAT = "assay-approval-statement/1"
_HASH = re.compile(r"[0-9a-f]{64}")
_MOST = 2**53 - 1

PARTS: Mapping[str, str] = {
    "case": "the case itself",
    "step": "the step",
    "version": "the model version",
    "use": "the intended use",
    "artifact": "the model's file",
    "data": "the data",
    "run": "the audit run",
    "evidence": "the evidence",
    "policy": "the policy",
    "tier": "the tier",
    "gate": "the gate's answer",
    "opinions": "the opinions given before",
    "signer": "your name or role",
    "meaning": "the meaning of the signature",
    "ledger": "the position of the ledger",
}


def seen_digest(seen: Mapping[str, Any]) -> str:
    """Return the digest of the statement that was read; raises ``Invalid`` for what is none."""
    try:
        return digest(seen)
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable() from error


def seen_position(seen: Mapping[str, Any]) -> tuple[int, str]:
    """Return the ledger's size and head that stood on the statement; raises ``Invalid``."""
    ledger = seen.get("ledger")
    size = ledger.get("size") if isinstance(ledger, Mapping) else None
    head = ledger.get("head") if isinstance(ledger, Mapping) else None
    sound = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _MOST
    if not sound or not isinstance(head, str) or not _HASH.fullmatch(head):
        raise _unreadable()
    return int(str(size)), head


def require_same(seen: Mapping[str, Any], now: Mapping[str, Json]) -> str:
    """Return the digest of ``now``; raises ``Moved`` naming what is no longer as it was read."""
    current = digest(now)
    if seen_digest(seen) == current:
        return current
    names = moved(seen, now)
    raise Moved(
        "statement-moved",
        f"Since you read it, this changed: {', '.join(names)}. Nothing was recorded. "
        "Read the case again before you decide.",
        errors={"statement": names},
    )


def require_recent(size: int, needed: int) -> None:
    """Raise ``Moved`` when the ledger of the statement ends before the case's own last event."""
    if size < needed:
        raise Moved(
            "statement-moved",
            "The statement names a position of the ledger from before the case's last event. "
            "Nothing was recorded. Read the case again before you decide.",
            errors={"statement": [PARTS["ledger"]]},
        )


def moved(seen: Mapping[str, Any], now: Mapping[str, Json]) -> list[str]:
    """Return in plain words which parts differ."""
    names = [words for part, words in PARTS.items() if seen.get(part) != now.get(part)]
    return names or ["the form of the statement"]


def _unreadable() -> Invalid:
    return Invalid("bad-statement", "Send back the statement as it was given to you, unchanged.")
