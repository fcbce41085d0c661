"""Figures that have changed since they were first published, and where to read why."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.costs.querysets.published import restated
from governance.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Restated:
    """``may_compare``: the reader may open what moved, which tells of every team."""

    runs: Sequence[Any]
    may_compare: bool


def restated_in(actor: Actor, months: Collection[dt.date]) -> Restated:
    """Return what was published anew of ``months``."""
    everything = scope_of(actor, Permission.COST_VIEW).everywhere
    return Restated(restated(months), may_compare=everything)
