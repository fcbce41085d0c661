"""What a manager should see first: spend, what nobody claimed, and where to look closer."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils import timezone

from governance.costs.kinds import (
    AnomalyState,
    Basis,
    HintKind,
)
from governance.costs.querysets.burning import Burning, burning
from governance.costs.querysets.failed import Failed, failed_work
from governance.costs.querysets.ground import Ground
from governance.costs.querysets.nobody import Nobody, unallocated
from governance.costs.querysets.summary import Question, Summary, summary
from governance.costs.querysets.value import EXCEPTIONS, SAVINGS, STUCK
from governance.costs.rules.conversion import months_before
from governance.kernel.actor import Actor
from governance.kernel.amounts import Size

TREND = 6  # months
_SHOWN = 5
_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in force and how it burns."""

    budget: Any
    burning: Burning


@dataclass(frozen=True, slots=True)
class Cockpit:
    """``unallocated`` is None for those who may not see what belongs to the whole organisation.

    It is cut by reason: of the month, held against the months of the trend before it.
    """

    month: dt.date
    trend: Summary
    unallocated: Nobody | None
    budgets: Sequence[Standing]
    forecasts: Sequence[Any]
    exceptions: Sequence[Any]
    savings: Sequence[Any]
    stuck: Sequence[Any]
    anomalies: Sequence[Any]
    failed: Sequence[Failed]


def cockpit(actor: Actor, month: dt.date, first: dt.date, basis: str = Basis.EFFECTIVE) -> Cockpit:
    """Return the cockpit of ``actor`` for a published month; ``first`` is the earliest of all.

    The trend begins no earlier: before it nothing is known, which is not the same as nothing spent.
    What is unallocated is read in the trend's currency: only then is it a part of the whole.
    """
    window = (months_before(month, back) for back in reversed(range(TREND)))
    months = tuple(one for one in window if one >= first)
    question = Question(months, ("unit",), basis)
    ground = question.ground()
    trend = summary(actor, question, ground)
    return Cockpit(
        month=month,
        trend=trend,
        unallocated=_loose(actor, month, trend, ground),
        budgets=budgets_now(actor),
        forecasts=forecasts_now(actor),
        exceptions=hints_now(actor, EXCEPTIONS),
        savings=hints_now(actor, SAVINGS),
        stuck=hints_now(actor, STUCK),
        anomalies=_anomalies(actor),
        failed=_failed(actor, month, ground.unfilled if basis == Basis.EFFECTIVE else None),
    )


def _loose(actor: Actor, month: dt.date, trend: Summary, ground: Ground) -> Nobody | None:
    earlier = tuple(one for one in trend.question.months if one != month)
    asked = Question((month,), ("reason",), trend.question.basis, trend.currency, compared=earlier)
    return unallocated(actor, asked, ground)


def budgets_now(actor: Actor) -> list[Standing]:
    """Return the largest budgets in force today that ``actor`` may see, and how each burns."""
    today = timezone.localdate()
    rows = apps.get_model("costs", "Budget")._default_manager.visible_to(actor)  # noqa: SLF001
    rows = rows.in_force(today)
    shown = rows.select_related("target").annotate(size=Size("amount")).order_by("-size", "id")
    found = list(shown[:_SHOWN])
    stands = burning(found)
    return [Standing(budget, stands[budget.pk]) for budget in found]


def forecasts_now(actor: Actor) -> list[Any]:
    """Return the latest forecasts, of the largest sums."""
    rows = apps.get_model("costs", "ForecastRun")._default_manager.visible_to(actor)  # noqa: SLF001
    shown = rows.filter(scored_at=None).select_related("target").annotate(size=Size("point"))
    return list(shown.order_by("-cutoff", "-size", "id")[:_SHOWN])


def hints_now(actor: Actor, wanted: Sequence[HintKind]) -> list[Any]:
    """Return what is open, or snoozed until a day that has come, by money at stake."""
    rows = apps.get_model("costs", "CostHint")._default_manager.visible_to(actor)  # noqa: SLF001
    found = rows.filter(kind__in=wanted).unanswered(timezone.localdate())
    return list(found.by_money()[:_SHOWN])


def _failed(actor: Actor, month: dt.date, unfilled: Collection[str] | None) -> list[Failed]:
    """Return the failed work that cost the most in the year up to the month."""
    start = months_before(month, _YEAR - 1)
    end = timezone.localdate() + dt.timedelta(days=1)
    return failed_work(actor, start, end, unfilled=unfilled)[:_SHOWN]


def _anomalies(actor: Actor) -> list[Any]:
    rows = apps.get_model("costs", "CostAnomaly")._default_manager  # noqa: SLF001
    found = rows.visible_to(actor).filter(state=AnomalyState.OPEN).select_related("target")
    return list(found.order_by("-day", "id")[:_SHOWN])
