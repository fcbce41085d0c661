"""What the commands take: plain values, named once for form, API and command line."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from governance.kernel.errors import Conflict, Moved, RuleBroken
from inventory.catalog.rules.plain import text_fault

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_IN_LIST = 50
_LONGEST_IN_LIST = 100
_LONGEST_FILE_NAME = 255
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class UseCaseFields:
    name: str
    decision: str
    autonomy: str
    exposure: str
    purpose: str
    reach: str
    affected_persons: str = ""
    personal_data: bool = False
    jurisdictions: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    sponsor_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ModelFields:
    """``owner_id`` None makes the acting person the owner."""

    name: str
    use_case_id: uuid.UUID
    kind: str
    complexity: str
    intended_use: str
    prohibited_uses: str = ""
    boundaries: str = ""
    limitations: str = ""
    external_ids: Mapping[str, Any] = field(default_factory=dict)
    owner_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DatasetFields:
    name: str
    sensitivity: str
    description: str = ""
    licence: str = ""
    source: str = ""
    known_gaps: str = ""
    owner_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DataVersionFields:
    role: str
    window_start: date | None = None
    window_end: date | None = None


@dataclass(frozen=True, slots=True)
class VersionFields:
    artifact_id: uuid.UUID
    signature: Any
    change_type: str
    training_data_id: uuid.UUID | None = None
    environment_id: uuid.UUID | None = None
    predecessor_id: uuid.UUID | None = None
    change_note: str = ""
    code_reference: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reported_metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnvironmentFields:
    name: str
    lock: str
    python: str = ""
    os: str = ""
    image_digest: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFields:
    target: str
    valid_from: datetime
    traffic_share: Decimal = Decimal(100)
    consumers: str = ""
    rollback_target_id: uuid.UUID | None = None
    fallback: str = ""
    human_oversight: str = ""


def require_words(values: object, field_name: str) -> list[str]:
    """Return a list of short texts without repeats; raises ``RuleBroken``."""
    if not isinstance(values, list | tuple) or len(values) > _MOST_IN_LIST:
        raise _wrong(field_name, f"Give a list of at most {_MOST_IN_LIST} texts.")
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise _wrong(field_name, "Every entry is a text.")
        if why := text_fault(value, _LONGEST_IN_LIST):
            raise _wrong(field_name, why)
    return list(dict.fromkeys(value.strip() for value in values))


def require_digest(expected: str | None, found: str) -> None:
    """Raise ``RuleBroken`` when the sender named another SHA-256 than the one received."""
    if not expected:
        return
    given = expected.strip().lower()
    if not _DIGEST.fullmatch(given):
        raise _wrong("sha256", "A SHA-256 is 64 hexadecimal digits.")
    if given != found:
        message = f"The file received has the SHA-256 {found}, not {given}; nothing was kept."
        raise RuleBroken("wrong-digest", message, errors={"sha256": [message]})


def require_revision(seen: int | None, present: int) -> None:
    """Raise ``Moved`` when somebody wrote since ``seen`` was read."""
    if seen is not None and seen != present:
        raise Moved("moved", "This changed since you read it; nothing was saved. Read it again.")


def require_window(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise _wrong("window_end", "The window ends before it starts.")


def require_share(share: Decimal) -> None:
    if not 0 <= share <= _WHOLE:
        raise _wrong("traffic_share", "A share of traffic lies between 0 and 100 percent.")


def require_readable(inspection: str, note: str, field_name: str) -> None:
    """Raise ``RuleBroken`` for a file that the sandbox could not read."""
    if inspection == "unreadable":
        raise _wrong(field_name, f"This file cannot be read: {note}")


def require_living(retired_at: datetime | None) -> None:
    if retired_at is not None:
        raise Conflict("retired", "This model is retired; it is kept, and nothing is added to it.")


def tidy_file_name(raw: str | None) -> str:
    """Return the user's file name as data: its last part, printable, never used as a path."""
    last = (raw or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(one for one in last if one.isprintable() and not text_fault(one))
    return kept[:_LONGEST_FILE_NAME]


def _wrong(field_name: str, message: str) -> RuleBroken:
    return RuleBroken("bad-value", message, errors={field_name: [message]})
