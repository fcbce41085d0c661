"""From a figure down to the bill: charges, the way each took, the lines behind it.

A share of something common says more than itself: with its weight anybody works out the whole, and
from the whole what the others got. So weights are told only where enough others take part.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.costs.querysets.ground import Ground
from governance.costs.querysets.published import matching
from governance.costs.querysets.runs import FOUND
from governance.costs.querysets.settlement import amount_in
from governance.costs.querysets.summary import Question
from governance.costs.rules.wording import driver_words
from governance.kernel.actor import Actor
from governance.kernel.amounts import Size

ENOUGH_OTHERS = 3  # targets beside one's own, so that a whole tells nothing about a single one
ORDER = ("-size", "id")


@dataclass(frozen=True, slots=True)
class Step:
    """One rule on the way of a charge, and in words what it shares by (``driver``).

    ``weight`` of ``of`` is empty where it would tell too much; ``hidden`` says so.
    """

    rule: str
    driver: str
    weight: str
    of: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Way:
    """``is_whole``: the charge is its lines, undivided. ``may_see_lines``: they may be shown."""

    steps: Sequence[Step]
    is_whole: bool
    may_see_lines: bool
    sees_everything: bool

    @property
    def last(self) -> Step | None:
        return self.steps[-1] if self.steps else None


def charges(actor: Actor, question: Question, ground: Ground | None = None) -> Any:
    """Return the visible charges that ``question`` asks about, each with its ``size`` for order."""
    ground = ground or question.ground()
    rows = _charges().visible_to(actor)
    rows = matching(rows, ground.runs_of(question.months), question.filters, question.places())
    rows = rows.select_related("target", "slice", "rule", "run")
    rows = rows.defer(*(f"run__{name}" for name in FOUND))
    amount = amount_in(question.basis, ground.unfilled, "slice__issuer")
    return rows.annotate(size=Size(amount), amount=amount)


def way_of(actor: Actor, charge: Any) -> Way:
    """Return by which rules ``charge`` came, as much of it as ``actor`` may know."""
    everything = scope_of(actor, Permission.COST_VIEW).everywhere
    path = [step for step in charge.path if isinstance(step, dict)]
    whole = all(str(step.get("weight")) == str(step.get("weight_sum")) for step in path)
    told = everything or whole or (len(path) == 1 and _others(actor, charge) >= ENOUGH_OTHERS)
    names = _rule_names(path)
    return Way(
        steps=[_step(step, names, told=told) for step in path],
        is_whole=whole,
        may_see_lines=everything or whole,
        sees_everything=everything,
    )


def _step(step: dict[str, Any], names: dict[str, str], *, told: bool) -> Step:
    rule = str(step.get("rule") or "")
    return Step(
        rule=names.get(rule, rule),
        driver=driver_words(str(step.get("driver") or "")),
        weight=str(step.get("weight") or "") if told else "",
        of=str(step.get("weight_sum") or "") if told else "",
        hidden=not told,
    )


def _others(actor: Actor, charge: Any) -> int:
    """Return how many targets that ``actor`` may not see share the same lines by the same rule."""
    siblings = _charges().filter(run=charge.run_id, slice=charge.slice_id, rule=charge.rule_id)
    own = siblings.visible_to(actor).values("target_id")
    return int(siblings.exclude(target_id__in=own).values("target_id").distinct().count())


def rule_keys(path: Collection[dict[str, Any]]) -> set[uuid.UUID]:
    """Return the keys of the rules that the steps of ``path`` name."""
    return {key for step in path if (key := _key(step.get("rule"))) is not None}


def _rule_names(path: Collection[dict[str, Any]]) -> dict[str, str]:
    rules = apps.get_model("costs", "Rule")._default_manager  # noqa: SLF001
    rows = rules.filter(pk__in=rule_keys(path))
    return {str(key): name for key, name in rows.values_list("pk", "name")}


def _key(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def lines_of(charge: Any) -> Any:
    """Return the lines of the charge's slice and part; others' may be among them."""
    rows = apps.get_model("costs", "CostLine")._default_manager  # noqa: SLF001
    return rows.filter(slice=charge.slice_id, part=charge.part_id)


def taken_back_by(lines: Collection[Any]) -> dict[int, list[int]]:
    """Return the keys of the lines that take back any of ``lines``."""
    rows = apps.get_model("costs", "CostLine")._default_manager  # noqa: SLF001
    found: dict[Any, list[int]] = {}
    spoken = rows.filter(corrects__in=[row.pk for row in lines], part__accepted_at__isnull=False)
    for original, key in spoken.order_by("pk").values_list("corrects", "pk"):
        found.setdefault(original, []).append(key)
    return found


def _charges() -> Any:
    return apps.get_model("costs", "AllocatedCharge")._default_manager  # noqa: SLF001
