"""What each model and version cost, was planned and is expected to cost, and what it returns.

Figures are on the effective basis and in one currency; what a model has in another is a reading of
its own. The queries do not grow with models, versions, budgets or forecasts.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from governance.access.kinds import Permission
from governance.costs.kinds import Basis, TargetKind
from governance.costs.querysets.burning import latest_forecasts
from governance.costs.querysets.facets import fitting
from governance.costs.querysets.ground import Ground, ground_of
from governance.costs.querysets.planned import Days, Place, Plan, budgets_of, plans_of
from governance.costs.querysets.settlement import amount_in
from governance.costs.querysets.worth import (
    ModelWorth,
    Versions,
    VersionWorth,
    rows_of,
    versions_of,
    worths,
)
from governance.costs.rules.conversion import next_month
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum, Size
from inventory.catalog.models import ModelVersion, RegisteredModel

_FACETS = {"team": "team__slug", "project": "use_case_id", "model": "pk"}
# Where a model can have something in a currency, the path from there, and the model's own column.
_SPOKEN_IN = (
    ("ChargeMonth", "target__model_id", "pk"),
    ("Budget", "target__model_id", "pk"),
    ("ForecastRun", "target__model_id", "pk"),
    ("BenefitClaim", "model_id", "pk"),
    ("BenefitClaim", "use_case_id", "use_case_id"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """``months`` are first days of billing months; ``currency`` empty: every one, each apart."""

    months: Sequence[dt.date]
    ground: Ground
    currency: str = ""

    @property
    def days(self) -> Days:
        return self.months[0], next_month(self.months[-1])


@dataclass(frozen=True, slots=True)
class Caveats:
    """``unpublished`` are months that no run speaks for.

    ``by_billed`` are issuers whose billed cost stands for an effective one that they leave empty.
    """

    unpublished: Sequence[dt.date]
    by_billed: Sequence[str]


@dataclass(frozen=True, slots=True)
class VersionMoney:
    version: ModelVersion
    spent: int
    plans: Sequence[Plan]
    forecast: Any
    worth: VersionWorth | None

    @property
    def speaks(self) -> bool:
        loaded = self.worth.loaded.total if self.worth else 0
        return bool(self.spent or self.plans or self.forecast or loaded)


@dataclass(frozen=True, slots=True)
class Reading:
    """A model in one currency. ``itself`` is that part of ``spent`` which no version bears.

    ``forecast`` is the model's latest; ``versions`` are those with a figure in the currency.
    """

    currency: str
    spent: int
    itself: int
    plans: Sequence[Plan]
    forecast: Any
    versions: Sequence[VersionMoney]
    worth: ModelWorth | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """``silent`` are the versions without a figure in any reading."""

    model: RegisteredModel
    readings: Sequence[Reading]
    silent: Sequence[ModelVersion]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database says of the models, before it is put together."""

    days: Days
    versions: Versions
    spent: Mapping[Place, int]
    own: Mapping[Place, Sequence[Any]]  # budgets of a model or version as such
    phases: Mapping[Place, Sequence[Any]]  # budgets of a version's phases
    forecasts: Mapping[Place, Any]
    worths: Mapping[tuple[UUID, str], ModelWorth]


def asked_of(months: Sequence[dt.date], currency: str = "") -> Asked:
    return Asked(months, ground_of(months), currency)


def listed_models(actor: Actor, asked: Asked, facets: Mapping[str, Any]) -> Any:
    """Return the models whose costs ``actor`` may see, with the ``size`` of their money for order.

    Facets are ``team`` (a slug), ``project`` (a use case) and ``model``. Sizes of several
    currencies only serve the order.
    """
    rows = fitting(RegisteredModel.objects.reached_by(actor, Permission.COST_VIEW), facets, _FACETS)
    if asked.currency:
        rows = rows.filter(_speaking(actor, asked))
    money = _months(actor, asked).filter(target__model_id=OuterRef("pk"))
    summed = money.order_by().values("target__model_id").annotate(units=_amount(asked))
    size = Coalesce(Size(Subquery(summed.values("units"))), Value(0.0))
    return rows.select_related("team", "use_case").annotate(size=size)


def model_table(actor: Actor, models: Collection[RegisteredModel], asked: Asked) -> list[ModelRow]:
    """Return a row for each of ``models``, in their order."""
    if not models:
        return []
    keys = [model.pk for model in models]
    versions = versions_of(keys)
    own, phases = budgets_of(actor, keys, asked.days)
    found = worths(rows_of(actor, asked.ground.unfilled), models, *asked.days, versions=versions)
    read = _Read(
        days=asked.days,
        versions=versions,
        spent=_spent(actor, keys, asked),
        own=own,
        phases=phases,
        forecasts=_forecasts(actor, keys),
        worths={(one.model.pk, one.currency): one for one in found},
    )
    return [_row(model, read, asked.currency) for model in models]


def caveats(actor: Actor, asked: Asked) -> Caveats:
    """Return what a reader of the table has to know."""
    spoken = set(asked.ground.runs.values())
    money = _months(actor, asked).exclude(target__model=None)
    return Caveats(sorted(set(asked.months) - spoken), asked.ground.by_billed(money))


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


def _months(actor: Actor, asked: Asked) -> Any:
    rows = _rows("ChargeMonth").visible_to(actor).filter(run_id__in=list(asked.ground.runs))
    return rows.filter(currency=asked.currency) if asked.currency else rows


def _amount(asked: Asked) -> ExactSum:
    return ExactSum(amount_in(Basis.EFFECTIVE, asked.ground.unfilled))


def _speaking(actor: Actor, asked: Asked) -> Any:
    visible = ((_rows(name).visible_to(actor), path, own) for name, path, own in _SPOKEN_IN)
    found = (
        Exists(rows.filter(currency=asked.currency, **{path: OuterRef(own)}))
        for rows, path, own in visible
    )
    return reduce(or_, found)


def _spent(actor: Actor, keys: Collection[UUID], asked: Asked) -> dict[Place, int]:
    rows = _months(actor, asked).filter(target__model_id__in=keys).order_by()
    columns = ("target__model_id", "target__version_id", "currency")
    summed = rows.values_list(*columns).annotate(units=_amount(asked))
    return {(model, version, currency): units for model, version, currency, units in summed}


def _forecasts(actor: Actor, keys: Collection[UUID]) -> dict[Place, Any]:
    kinds = (TargetKind.MODEL, TargetKind.VERSION)
    rows = _rows("Target").visible_to(actor).filter(model_id__in=keys, kind__in=kinds, phase="")
    places = {key: rest for key, *rest in rows.values_list("pk", "model_id", "version_id")}
    return {
        (*places[target], currency): forecast
        for (target, currency, basis), forecast in latest_forecasts(places).items()
        if basis == Basis.EFFECTIVE
    }


def _row(model: RegisteredModel, read: _Read, currency: str) -> ModelRow:
    places = (*read.spent, *read.own, *read.phases, *read.forecasts)
    known = {code for key, _, code in places if key == model.pk}
    known |= {code for key, code in read.worths if key == model.pk}
    wanted = known & {currency} if currency else known
    versions = read.versions.get(model.pk, [])
    readings = [_reading(model, code, versions, read) for code in sorted(wanted)]
    heard = {one.version.pk for reading in readings for one in reading.versions}
    return ModelRow(model, readings, [one for one in versions if one.pk not in heard])


def _reading(
    model: RegisteredModel, currency: str, versions: Sequence[ModelVersion], read: _Read
) -> Reading:
    worth = read.worths.get((model.pk, currency))
    each = [_version(version, currency, worth, read) for version in versions]
    place = (model.pk, None, currency)
    itself = read.spent.get(place, 0)
    below = list(chain.from_iterable(one.plans for one in each))
    return Reading(
        currency=currency,
        spent=itself + sum(one.spent for one in each),
        itself=itself,
        plans=plans_of([*read.own.get(place, ()), *read.phases.get(place, ())], below, read.days),
        forecast=read.forecasts.get(place),
        versions=[one for one in each if one.speaks],
        worth=worth,
    )


def _version(
    version: ModelVersion, currency: str, worth: ModelWorth | None, read: _Read
) -> VersionMoney:
    place = (version.model_id, version.pk, currency)
    valued = {one.version.pk: one for one in worth.versions} if worth else {}
    below = plans_of(read.phases.get(place, ()), (), read.days)
    return VersionMoney(
        version=version,
        spent=read.spent.get(place, 0),
        plans=plans_of(read.own.get(place, ()), below, read.days),
        forecast=read.forecasts.get(place),
        worth=valued.get(version.pk),
    )
