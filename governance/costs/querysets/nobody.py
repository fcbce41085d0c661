"""What reached no target, and who answers for it: a line on every page that shows money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.apps import apps

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.costs.kinds import TargetKind
from governance.costs.querysets.summary import Line, Question, summary
from governance.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Nobody:
    """``lines`` are one for each currency; ``owners`` the names of who answers for any of it."""

    lines: Sequence[Line]
    owners: Sequence[str]
    question: Question


def nobody(actor: Actor, question: Question) -> Nobody | None:
    """Return what stayed unallocated in the months of ``question``; None for who may not know."""
    if not scope_of(actor, Permission.COST_VIEW).everywhere:
        return None
    asked = replace(
        question,
        group_by=(),
        compared=(),
        converted=False,
        filters={"kind": TargetKind.UNALLOCATED},
    )
    rows = apps.get_model("costs", "Target")._default_manager  # noqa: SLF001
    owned = rows.filter(kind=TargetKind.UNALLOCATED, owner__isnull=False)
    names = owned.order_by("owner__name").values_list("owner__name", flat=True).distinct()
    return Nobody(summary(actor, asked).lines, list(names), asked)
