"""Failed work as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.costs.kinds import Ending, Phase
from governance.costs.models import WorkEnding
from governance.costs.querysets.failed import Failed
from governance.kernel.actor import Actor
from inventory.catalog.views.pages import place

_NO_PHASE = "No phase"


@dataclass(frozen=True, slots=True)
class FailedRow:
    """``phases``: what was spent, by the phase's name. ``url`` leads to what decided."""

    one: Failed
    phases: Sequence[tuple[str, int]]
    deciders: str
    url: str


def row_of(actor: Actor, one: Failed) -> FailedRow:
    names = {**dict(Phase.choices), "": _NO_PHASE}
    phases = [(str(label), one.by_phase[p]) for p, label in names.items() if p in one.by_phase]
    return FailedRow(one, phases, ", ".join(one.deciders), decided_at(actor, one.ending))


def decided_at(actor: Actor, row: WorkEnding) -> str:
    """Return the page of what decided; "" when there is none that the actor may enter."""
    if row.decision_key is None:
        return ""
    if row.ending == Ending.RETIRED:
        return place(actor, "catalog:model-history", row.decision_key)
    return place(actor, "approvals:case-detail", row.decision_key)
