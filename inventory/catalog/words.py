"""How the catalogue's events read in a history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.access.kinds import Kind as AccessKind
from governance.access.querysets import names_of
from governance.kernel.actor import SYSTEM_ID
from governance.ledger import reading
from governance.ledger.reading import Event
from inventory.catalog.kinds import Kind

_TITLES: dict[str, str] = {
    Kind.USE_CASE_CREATED: "Use case created",
    Kind.USE_CASE_CHANGED: "Use case changed",
    Kind.MODEL_REGISTERED: "Model registered",
    Kind.MODEL_CHANGED: "Model changed",
    Kind.MODEL_RETIRED: "Model retired",
    Kind.ARTIFACT_RECEIVED: "Artifact received",
    Kind.ARTIFACT_INSPECTED: "Artifact looked at",
    Kind.VERSION_CREATED: "Version created",
    Kind.DATASET_CREATED: "Dataset created",
    Kind.DATASET_VERSION_RECEIVED: "Data received",
    Kind.DATASET_VERSION_INSPECTED: "Data looked at",
    Kind.ENVIRONMENT_RECORDED: "Environment recorded",
    Kind.DEPLOYMENT_RECORDED: "Deployment recorded",
    Kind.DEPLOYMENT_ENDED: "Deployment ended",
    AccessKind.OBJECT_SHARED: "Shared with a person outside the team",
    AccessKind.OBJECT_UNSHARED: "Sharing ended",
}
_SHOWN = ("number", "role", "format", "digest", "change_type", "target", "state", "reason", "rows")
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Told:
    """One event as people read it; ``lines`` are (name, what became of it)."""

    seq: int
    at: datetime
    who: str
    title: str
    lines: tuple[tuple[str, str], ...]


def history(*ids: Any, most: int = 200) -> tuple[Told, ...]:
    """Return the newest events about the things ``ids``, newest first; two queries."""
    events = reading.history([key for key in ids if key], most)
    people = {event.actor_id for event in events}
    people |= {key for event in events if (key := event.body.get("user"))}
    names = names_of(people)
    return tuple(_told(event, {str(key): name for key, name in names.items()}) for event in events)


def _told(event: Event, names: dict[str, str]) -> Told:
    nobody = "the service" if event.actor_id == SYSTEM_ID else "Unknown"
    who = names.get(str(event.actor_id), nobody)
    title = _TITLES.get(event.kind, event.kind.replace(".", " ").replace("_", " ").capitalize())
    return Told(event.seq, event.ts, who, title, tuple(_lines(event.body, names)))


def _lines(body: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    if body.get("user"):
        return [("Person", names.get(body["user"], "Unknown"))]
    changes = body.get("changes")
    if isinstance(changes, dict):
        return [(_label(name), _became(change)) for name, change in changes.items()]
    return [
        (_label(name), _short(body[name])) for name in _SHOWN if body.get(name) not in ("", None)
    ]


def _became(change: Any) -> str:
    return f"{_short(change.get('from'))} → {_short(change.get('to'))}"


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
