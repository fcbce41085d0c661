"""What the service looks at by itself: days that stand out, forecasts due, budgets that run out.

Reads all of the published money once, then writes by one command for each thing found, so that a
pass that dies half way has done whole things and the next one goes on.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from governance.costs import commands as costs
from governance.costs.kinds import Basis, BudgetState
from governance.costs.models import Budget, CostAnomaly, ForecastRun, Target
from governance.costs.querysets import series
from governance.costs.querysets.burning import Key, burning, latest_forecasts, plan_of
from governance.costs.querysets.settlement import settled
from governance.costs.querysets.trees import Tree, read_trees
from governance.costs.rules import anomalies, budgets
from governance.costs.rules.anomalies import QUIET_DAYS, WINDOW, Reading
from governance.costs.rules.drafts import draft, events_in
from governance.costs.rules.events import still_ahead
from governance.costs.rules.months import last_whole
from governance.kernel.actor import system_actor

LOOKED_AT = 70  # days that are held to those before them; the first half only says what goes on
TOLD = 35  # of these days something new is told: a month's bill comes at once
DUE_DAYS = 7  # a forecast is made anew when a week has settled
MOST_FORECASTS = 200  # a pass; the largest first, the others in the next one
_RECENT = 28
_SLACK = 31  # how much longer ago than the newest day a target's own may lie

Told = Mapping[tuple[str, dt.date], Reading]


@dataclass(frozen=True, slots=True)
class Watched:
    opened: int = 0
    restated: int = 0
    scored: int = 0
    frozen: int = 0
    crossed: int = 0


def watch(most: int = MOST_FORECASTS) -> Watched:
    """Look at everything once; return how much was new. Nothing published: nothing to look at."""
    known = settled()
    if not known:
        return Watched()
    newest = max(one.through for one in known.values())
    trees = read_trees(newest - dt.timedelta(days=LOOKED_AT + WINDOW + _SLACK))
    found = [_watch_days(tree) for tree in trees]
    return Watched(
        opened=sum(opened for opened, _ in found),
        restated=sum(restated for _, restated in found),
        scored=_score_settled(series.end_of(known, known)),
        frozen=_freeze_due(trees, most),
        crossed=_watch_budgets(newest),
    )


def told_days(tree: Tree) -> Told:
    """Return every day and target of a tree that is to be told, with its reading."""
    latest = max(one.last for one in tree.series.values())
    found: dict[tuple[str, dt.date], Reading] = {}
    for back in range(LOOKED_AT):
        day = latest - dt.timedelta(days=back)
        readings = dict(_readings(tree, day))
        firing = [key for key, one in readings.items() if one.stands_out(tree.floors[key])]
        for key in anomalies.causes(readings, tree.parents, firing):
            found[key, day] = readings[key]
    return found


def _readings(tree: Tree, day: dt.date) -> Iterator[tuple[str, Reading]]:
    for key in tree.series:
        reading = _reading(tree, key, day)
        if reading is not None:
            yield key, reading


def _reading(tree: Tree, key: str, day: dt.date) -> Reading | None:
    """Return a day of a target against those before it; None before 42 days or unsettled."""
    one = tree.series[key]
    place = one.place(day)
    if not WINDOW <= place < len(one.amounts):
        return None
    return anomalies.read(one.amounts[place - WINDOW : place], one.amounts[place])


def _watch_days(tree: Tree) -> tuple[int, int]:
    """Return how many anomalies were opened, and how many restated."""
    told, opened, restated = told_days(tree), 0, 0
    first = min(one.start for one in tree.series.values())
    rows = CostAnomaly.objects.filter(currency=tree.currency, day__gte=first)
    rows = rows.filter(target_id__in=tree.ids.values())
    known = {(row.target_id, row.day): row for row in rows}
    for key, day in sorted(_beginnings(tree, told)):
        if not _goes_on(known, tree.ids[key], day, told[key, day]):
            costs.open_anomaly(
                actor=system_actor(),
                target_id=tree.ids[key],
                currency=tree.currency,
                day=day,
                reading=told[key, day],
            )
            opened += 1
    keys = {pk: key for key, pk in tree.ids.items()}
    for (target_id, day), row in known.items():
        reading = _reading(tree, keys[target_id], day)
        if reading and (reading.expected, reading.actual) != (row.expected, row.actual):
            costs.restate_anomaly(actor=system_actor(), anomaly_id=row.pk, reading=reading)
            restated += 1
    return opened, restated


def _beginnings(tree: Tree, told: Told) -> Iterator[tuple[str, dt.date]]:
    earliest = max(one.last for one in tree.series.values()) - dt.timedelta(days=TOLD)
    by_key: dict[str, list[tuple[dt.date, int]]] = {}
    for (key, day), reading in told.items():
        by_key.setdefault(key, []).append((day, reading.change))
    for key, days in by_key.items():
        yield from ((key, day) for day, _ in anomalies.beginnings(days) if day > earliest)


def _goes_on(
    known: Mapping[tuple[uuid.UUID, dt.date], CostAnomaly],
    target_id: uuid.UUID,
    day: dt.date,
    reading: Reading,
) -> bool:
    """Whether a day near it has been told already: a restatement shifts where a move begins."""
    near = (day + dt.timedelta(days=step) for step in range(-QUIET_DAYS, QUIET_DAYS + 1))
    rows = (known.get((target_id, other)) for other in near)
    return any(row and (row.actual > row.expected) == (reading.change > 0) for row in rows)


def _score_settled(everything: dt.date | None) -> int:
    """Score each forecast whose days have all settled."""
    scored = 0
    waiting = ForecastRun.objects.filter(scored_at=None).select_related("target")
    for run in waiting.order_by("cutoff"):
        actual = _actual(run, everything)
        if actual is not None:
            costs.score_forecast(actor=system_actor(), forecast_id=run.pk, actual=actual)
            scored += 1
    return scored


def _actual(run: ForecastRun, everything: dt.date | None) -> int | None:
    """Return what came of a forecast; None while its days have not settled.

    Days on which nobody charged the target are nothing spent, once ``everything`` stands so far:
    left out, the worst misses of all would count in no calibration.
    """
    first = run.cutoff + dt.timedelta(days=1)
    end = first + dt.timedelta(days=run.horizon)
    found = series.daily(run.target, run.basis, first).get(run.currency)
    last = everything if found is None else found.last
    if last is None or last < end - dt.timedelta(days=1):
        return None
    return found.between(first, end) if found else 0


def _freeze_due(trees: list[Tree], most: int) -> int:
    due = sorted(_due(trees), reverse=True)[:most]
    latest = latest_forecasts(target_id for _, (target_id, _, _) in due)
    targets = Target.objects.in_bulk([target_id for _, (target_id, _, _) in due])
    frozen = 0
    for _, key in due:
        target_id, currency, basis = key
        history = series.daily(targets[target_id], basis).get(currency)
        if history is None or not history.amounts:
            continue
        former = latest.get(key)
        events = events_in(former.events) if former else ()
        made = draft(history, currency, basis, still_ahead(events, history.last))
        costs.freeze_forecast(actor=system_actor(), target_id=target_id, draft=made)
        frozen += 1
    return frozen


def _due(trees: list[Tree]) -> Iterator[tuple[int, Key]]:
    """Yield what has no forecast of the last week, with its recent money for the order."""
    ids = {pk for tree in trees for pk in tree.ids.values()}
    latest = latest_forecasts(ids)
    billed = set(
        Budget.objects.filter(state=BudgetState.APPROVED, basis=Basis.BILLED).values_list(
            "target_id", "currency"
        )
    )
    for tree in trees:
        for key, one in tree.series.items():
            recent = sum(map(abs, one.amounts[-_RECENT:]))
            bases = [Basis.EFFECTIVE]
            bases += [Basis.BILLED] if (tree.ids[key], tree.currency) in billed else []
            for basis in bases:
                about = (tree.ids[key], tree.currency, basis.value)
                last = one.last if basis == Basis.EFFECTIVE else last_whole(one.last)
                former = latest.get(about)
                if recent and (former is None or (last - former.cutoff).days >= DUE_DAYS):
                    yield recent, about


def _watch_budgets(newest: dt.date) -> int:
    """Note every threshold that a budget in force has reached."""
    rows = Budget.objects.filter(state=BudgetState.APPROVED, start__lte=newest)
    found = list(rows.select_related("target"))
    burned, crossed = burning(found), 0
    for row in found:
        reached = budgets.crossed(plan_of(row), burned[row.pk].found)
        if reached:
            crossed += len(
                costs.record_crossings(actor=system_actor(), budget_id=row.pk, crossings=reached)
            )
    return crossed
