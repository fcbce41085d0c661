"""Work that ended before it was of use: which ending each charge belongs to. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from governance.costs.kinds import Ending
from governance.costs.rules.subjects import Subject
from governance.kernel.errors import Conflict, RuleBroken


@dataclass(frozen=True, slots=True)
class Ended:
    """How work ended, as it was decided elsewhere. ``decision`` names it for good."""

    ending: Ending
    subject: Subject
    decision: str
    decision_key: UUID
    deciders: tuple[UUID, ...]
    reason: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Charged:
    """Where a charge went, as far down as it went."""

    use_case_id: UUID | None
    model_id: UUID | None
    version_id: UUID | None


@dataclass(frozen=True, slots=True)
class Endings:
    """Standing endings by what ended."""

    versions: Mapping[UUID, UUID] = field(default_factory=dict)
    models: Mapping[UUID, UUID] = field(default_factory=dict)
    use_cases: Mapping[UUID, UUID] = field(default_factory=dict)

    def of(self, at: Charged) -> UUID | None:
        """Return the ending a charge belongs to: the nearest one, so that none counts twice."""
        levels = (
            (at.version_id, self.versions),
            (at.model_id, self.models),
            (at.use_case_id, self.use_cases),
        )
        return next((ended[key] for key, ended in levels if key is not None and key in ended), None)


def first_end(begun: datetime, ends: Iterable[datetime]) -> datetime | None:
    """Return when work ended of which ``ends`` are its own and those of what it is part of.

    The first of them ended it. What was begun under an end that stands already ended as it began.
    """
    first = min(ends, default=None)
    return None if first is None else max(first, begun)


def check_subject(subject: Subject) -> None:
    """Raise ``RuleBroken`` unless a use case or a version is named, and only one of them."""
    if subject.model_id is not None:
        message = "A model is retired, not stopped; stop its use case or a version of it."
        raise RuleBroken("bad-subject", message, errors={"model": [message]})
    if subject.named != 1:
        message = "Name a use case or a version."
        raise RuleBroken("bad-subject", message, errors={"use_case": [message]})


def check_resumable(ending: str, stood_until: datetime | None) -> None:
    """Raise ``Conflict`` unless people stopped it themselves and it still stands so."""
    if stood_until is not None:
        raise Conflict("resumed-already", "This has been taken up again already.")
    if ending != Ending.STOPPED:
        raise Conflict(
            "not-stopped",
            "Only stopped work goes on by somebody's word: what was rejected goes on with a new "
            "case, and a retired model not at all.",
        )
