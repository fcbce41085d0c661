"""What is planned for some months: of budgets in force, the part that falls into their days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.apps import apps

from governance.costs.kinds import Basis, BudgetState
from governance.costs.rules.months import part_within
from governance.kernel.actor import Actor

Place = tuple[UUID, UUID | None, str]  # model, version (None: the model as a whole), currency
Days = tuple[dt.date, dt.date]  # from the first to before the second
Budgets = dict[Place, list[Any]]

_BASES = (Basis.EFFECTIVE, Basis.BILLED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What days take of ``budgets``, each spread evenly over its own days.

    ``of_parts``: none is set here, these are those of what lies below.
    """

    basis: str
    units: int
    budgets: Sequence[Any]
    of_parts: bool


def budgets_of(actor: Actor, models: Collection[UUID], days: Days) -> tuple[Budgets, Budgets]:
    """Return the budgets in force in ``days``: of models and versions, and of their phases."""
    rows = apps.get_model("costs", "Budget")._default_manager.visible_to(actor)  # noqa: SLF001
    rows = rows.filter(state=BudgetState.APPROVED, start__lt=days[1], end__gt=days[0])
    own: Budgets = defaultdict(list)
    phases: Budgets = defaultdict(list)
    mine = rows.filter(target__model_id__in=models).select_related("target")
    for budget in mine.order_by("start", "id"):
        found = phases if budget.target.phase else own
        found[budget.target.model_id, budget.target.version_id, budget.currency].append(budget)
    return own, phases


def plans_of(own: Sequence[Any], below: Sequence[Plan], days: Days) -> tuple[Plan, ...]:
    """Return one plan for each basis: of ``own`` budgets, or where there are none of those below.

    A budget covers what lies below it, so the two are never added.
    """
    return tuple(chain.from_iterable(_in_basis(basis, own, below, days) for basis in _BASES))


def _in_basis(basis: str, own: Sequence[Any], below: Sequence[Plan], days: Days) -> Iterator[Plan]:
    mine = [budget for budget in own if budget.basis == basis]
    parts = [plan for plan in below if plan.basis == basis]
    if mine:
        units = sum(part_within(one.amount, (one.start, one.end), days) for one in mine)
        yield Plan(basis, units, mine, of_parts=False)
    elif parts:
        budgets = list(chain.from_iterable(plan.budgets for plan in parts))
        yield Plan(basis, sum(plan.units for plan in parts), budgets, of_parts=True)
