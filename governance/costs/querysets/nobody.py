"""What reached no target, and who answers for it: a line on every page that shows money."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.apps import apps

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.costs.kinds import TargetKind
from governance.costs.querysets.ground import Ground
from governance.costs.querysets.summary import Line, Question, Summary, summary
from governance.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Nobody:
    """``owners`` are the names of who answers for any of it."""

    found: Summary
    owners: Sequence[str]

    @property
    def lines(self) -> list[Line]:
        """What there is in the months asked for, not only in those compared."""
        return [line for line in self.found.lines if line.rows]

    @property
    def months(self) -> list[dt.date]:
        """All months that ``found.own`` sums."""
        return sorted({*self.found.question.months, *self.found.question.compared})


def nobody(actor: Actor, question: Question, ground: Ground | None = None) -> Nobody | None:
    """Return what stayed unallocated in the months of ``question``; None for who may not know."""
    whole = replace(question, group_by=(), compared=(), converted=False)
    return unallocated(actor, whole, ground)


def unallocated(actor: Actor, question: Question, ground: Ground | None = None) -> Nobody | None:
    """Return the same, cut and read as ``question`` asks."""
    if not scope_of(actor, Permission.COST_VIEW).everywhere:
        return None
    rows = apps.get_model("costs", "Target")._default_manager  # noqa: SLF001
    owned = rows.filter(kind=TargetKind.UNALLOCATED, owner__isnull=False)
    names = owned.order_by("owner__name").values_list("owner__name", flat=True).distinct()
    asked = replace(question, filters={"kind": TargetKind.UNALLOCATED})
    return Nobody(summary(actor, asked, ground), list(names))
