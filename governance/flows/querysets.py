"""Reading how far every reaction has come."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from governance.flows.reactions import REACTIONS
from governance.ledger import reading


@dataclass(frozen=True, slots=True)
class Line:
    """One reaction for the operations page. ``behind`` counts the events that wait for it."""

    name: str
    does: str
    on: tuple[str, ...]
    seq: int
    behind: int
    failures: int
    error: str
    retry_at: datetime | None
    updated_at: datetime | None

    @property
    def state(self) -> str:
        if self.failures:
            return "failed"
        return "waiting" if self.behind else "current"


def overview() -> list[Line]:
    """Return every reaction of the table, in its order."""
    rows = apps.get_model("flows", "Cursor")._default_manager.all()  # noqa: SLF001
    cursors = {row.reaction: row for row in rows}
    lines = []
    for reaction in REACTIONS:
        at = cursors.get(reaction.name)
        seq = at.seq if at else 0
        lines.append(
            Line(
                name=reaction.name,
                does=reaction.does,
                on=tuple(sorted(reaction.on)),
                seq=seq,
                behind=reading.count_after(seq, reaction.on),
                failures=at.failures if at else 0,
                error=at.error if at else "",
                retry_at=at.retry_at if at else None,
                updated_at=at.updated_at if at else None,
            )
        )
    return lines
