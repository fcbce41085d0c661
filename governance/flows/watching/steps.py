"""Results of runs, money for building and time in stages: whether work gets anywhere."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Min

from audits.runs.kinds import RunState
from audits.runs.models import CheckRun
from governance.approvals.kinds import APPROVED_STATES
from governance.approvals.models import ApprovalCase
from governance.costs.kinds import Phase
from governance.costs.models import ChargeDay
from governance.costs.rules.progress import Attempt, Building, Stage
from governance.flows.watching.spans import Span
from governance.kernel.amounts import ExactSum
from inventory.catalog.models import Deployment, RegisteredModel

# By name: the checks themselves are the engine's, and heavy.
_CHECKS = ("performance.classification", "performance.regression")
_BUILDING = (Phase.EXPERIMENT, Phase.TRAIN)
_DEVELOPMENT = "in development without a case"
_REVIEW = "in review"
_UNUSED = "approved and not in use"
Case = tuple[str, dt.datetime, dt.datetime | None]  # state, submitted, decided
Cases = dict[UUID, list[Case]]


def attempts(keys: Collection[UUID]) -> dict[UUID, list[Attempt]]:
    """Return the results of each model's completed runs, by the measure that decides the check.

    Of runs that answer to another measure than the latest one, nothing can be said.
    """
    rows = CheckRun.objects.filter(
        check_id__in=_CHECKS,
        run__version__model__in=keys,
        run__state=RunState.COMPLETED,
        outcome__isnull=False,
    )
    columns = ("run__version__model", "finished_at", "outcome__thresholds", "outcome__measures")
    found: dict[UUID, list[tuple[str, Attempt]]] = defaultdict(list)
    for key, at, thresholds, measures in rows.order_by("finished_at").values_list(*columns):
        if at and thresholds and (value := _value(thresholds[0], measures)) is not None:
            found[key].append((thresholds[0]["measure"], Attempt(at.date(), value)))
    return {
        key: [one for name, one in named if name == named[-1][0]] for key, named in found.items()
    }


def _value(threshold: Mapping[str, Any], measures: Collection[Mapping[str, Any]]) -> float | None:
    own = (m["value"] for m in measures if m["name"] == threshold["measure"] and not m["group"])
    value = next(own, None)
    if value is None:
        return None
    return float(value) if threshold["comparison"] == ">=" else -float(value)


def building(keys: Collection[UUID], span: Span) -> dict[UUID, Building]:
    """Return what experiments and training cost each model, by day."""
    rows = ChargeDay.objects.published().filter(
        target__model__in=keys, target__phase__in=_BUILDING, day__lt=span.end
    )
    columns = ("target__model", "currency", "day")
    found: dict[UUID, dict[str, dict[dt.date, int]]] = defaultdict(lambda: defaultdict(dict))
    summed = rows.order_by().values_list(*columns).annotate(units=ExactSum("effective"))
    for key, currency, day, units in summed:
        found[key][currency][day] = units
    return {key: _building(money, span) for key, money in found.items()}


def _building(money: Mapping[str, Mapping[dt.date, int]], span: Span) -> Building:
    most = max(sorted(money), key=lambda code: sum(money[code].values()))
    recent = {
        code: sum(units for day, units in days.items() if day >= span.start)
        for code, days in money.items()
    }
    return Building({code: units for code, units in recent.items() if units}, money[most], most)


def stages(keys: Collection[UUID]) -> dict[UUID, Stage]:
    """Return where each model stands; one that is in use, or was, stands in no stage.

    Peers are all models of the organisation that have left the stage.
    """
    cases, used = _cases(), _used()
    born = dict(RegisteredModel.objects.values_list("pk", "created_at"))
    peers = _peers(cases, used, born)
    found = {}
    for key in keys:
        if key in used:
            continue
        name, since = _stage(cases.get(key, []), born[key])
        found[key] = Stage(name, since.date(), peers[name])
    return found


def _cases() -> Cases:
    """Return every case that was submitted, by model, the earliest first."""
    columns = ("version__model", "state", "submitted_at", "decided_at")
    found: Cases = defaultdict(list)
    submitted = ApprovalCase.objects.exclude(submitted_at=None).order_by("submitted_at")
    for key, *case in submitted.values_list(*columns):
        found[key].append(tuple(case))
    return found


def _used() -> dict[UUID, dt.datetime]:
    """Return since when each model that ever ran did so."""
    rows = Deployment.objects.order_by().values_list("version__model")
    return dict(rows.annotate(first=Min("valid_from")))


def _stage(cases: Collection[Case], born: dt.datetime) -> tuple[str, dt.datetime]:
    since = born
    for state, submitted, decided in cases:
        if decided is None:
            return _REVIEW, submitted
        if state in APPROVED_STATES:
            return _UNUSED, decided
        since = decided
    return _DEVELOPMENT, since


def _peers(
    cases: Cases, used: Mapping[UUID, dt.datetime], born: Mapping[UUID, dt.datetime]
) -> dict[str, list[int]]:
    """Return the days that models took in each stage which they have left."""
    found: dict[str, list[int]] = {_DEVELOPMENT: [], _REVIEW: [], _UNUSED: []}
    for key, listed in cases.items():
        found[_DEVELOPMENT].append((listed[0][1] - born[key]).days)
        for state, submitted, decided in listed:
            if decided is None:
                continue
            found[_REVIEW].append((decided - submitted).days)
            if state in APPROVED_STATES and key in used:
                found[_UNUSED].append(max((used[key] - decided).days, 0))
    return found
