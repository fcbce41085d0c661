"""What a model's versions cost in full, what each use of them costs, and what they return.

Every figure is on the effective basis, in one currency; money in another stands in a reading of its
own. The days from ``start`` to ``end`` (not included) are those of the charges.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps

from governance.costs.kinds import ClaimState, Grade, Phase, RulePhase, TargetKind, UsageUnit
from governance.costs.rules import value
from governance.costs.rules.value import Benefit, Claimed, Figure, Life, Loaded, Range, Roi
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from inventory.catalog.models import ModelVersion, RegisteredModel

_TRAINING = (Phase.EXPERIMENT, Phase.TRAIN)
_FIELDS: dict[str, str] = {
    Phase.VALIDATE: "validation",
    Phase.SERVE: "serving",
    Phase.MONITOR: "monitoring",
}
_BY_USE = (RulePhase.DIRECT, RulePhase.SHARED)


@dataclass(frozen=True, slots=True)
class VersionWorth:
    """``left`` is training that periods to come will bear."""

    version: "ModelVersion"
    loaded: Loaded
    left: int
    predictions: int | None
    unit_cost: Figure


@dataclass(frozen=True, slots=True)
class ModelWorth:
    """``unattested`` claims are told beside the benefit, never within it."""

    model: "RegisteredModel"
    currency: str
    versions: tuple[VersionWorth, ...]
    loaded: Loaded
    benefit: Benefit
    unattested: Range
    roi: Roi


@dataclass(frozen=True, slots=True)
class Failed:
    """Money spent on a model that was retired before anybody used it, by phase."""

    model: "RegisteredModel"
    currency: str
    by_phase: Mapping[str, int]
    since: dt.date

    @property
    def total(self) -> int:
        return sum(self.by_phase.values())


Spent = dict[tuple[str, UUID | None], dict[tuple[str, str], int]]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database says of one model's days, before it is put together."""

    start: dt.date
    end: dt.date
    spent: Spent
    training: Mapping[tuple[str, UUID], int]
    made: Mapping[UUID, int]
    claims: Mapping[str, list[Claimed]]

    @property
    def currencies(self) -> list[str]:
        of_money = {currency for currency, _ in (*self.spent, *self.training)}
        return sorted(of_money | set(self.claims))


def model_worth(
    actor: Actor, model: "RegisteredModel", start: dt.date, end: dt.date
) -> list[ModelWorth]:
    """Return a reading for each currency that money or claims of the model are in.

    Five queries, however many versions there are.
    """
    days = _rows("ChargeDay").visible_to(actor).published().filter(target__model_id=model.pk)
    read = _Read(
        start=start,
        end=end,
        spent=_spent(days.filter(day__gte=start, day__lt=end)),
        training=_training(days.filter(day__lt=end)),
        made=_predictions(actor, model, start, end),
        claims=_claims(actor, model, start, end),
    )
    versions = list(model.versions.order_by("number"))
    return [_reading(model, currency, versions, read) for currency in read.currencies]


def failed_work(actor: Actor, start: dt.date, end: dt.date) -> list[Failed]:
    """Return what was spent on models retired before use, the most money first."""
    deployed = apps.get_model("catalog", "Deployment")._default_manager  # noqa: SLF001
    models = apps.get_model("catalog", "RegisteredModel")._default_manager  # noqa: SLF001
    gone = models.exclude(retired_at=None).exclude(pk__in=deployed.values("version__model_id"))
    days = _rows("ChargeDay").visible_to(actor).published()
    rows = days.filter(day__gte=start, day__lt=end, target__model__in=gone).order_by()
    found: dict[tuple[UUID, str], dict[str, int]] = defaultdict(dict)
    for model_id, currency, phase, units in rows.values_list(
        "target__model_id", "currency", "target__phase"
    ).annotate(units=ExactSum("effective")):
        found[(model_id, currency)][phase] = units
    named = models.select_related("team", "owner").in_bulk({key for key, _ in found})
    listed = [
        Failed(model, currency, phases, model.retired_at.date())
        for (key, currency), phases in found.items()
        if (model := named[key]).retired_at
    ]
    return sorted(listed, key=lambda one: (-one.total, one.model.number, one.currency))


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


def _spent(days: Any) -> Spent:
    """Return units by (phase, how they came) for each currency and version."""
    found: Spent = defaultdict(dict)
    columns = "currency", "target__version_id", "target__phase", "rule_phase"
    rows = days.order_by().values_list(*columns).annotate(units=ExactSum("effective"))
    for currency, version, phase, way, units in rows:
        found[(currency, version)][(phase, way)] = units
    return found


def _training(days: Any) -> dict[tuple[str, UUID], int]:
    rows = days.filter(target__phase__in=_TRAINING, target__kind=TargetKind.VERSION).order_by()
    summed = rows.values_list("currency", "target__version_id").annotate(u=ExactSum("effective"))
    return {(currency, version): units for currency, version, units in summed}


def _predictions(
    actor: Actor, model: "RegisteredModel", start: dt.date, end: dt.date
) -> dict[UUID, int]:
    rows = _rows("UsageMetric").visible_to(actor).speaking().order_by()
    mine = rows.filter(
        version__model_id=model.pk, unit=UsageUnit.PREDICTIONS, day__gte=start, day__lt=end
    )
    return dict(mine.values_list("version_id").annotate(units=ExactSum("quantity")))


def _claims(
    actor: Actor, model: "RegisteredModel", start: dt.date, end: dt.date
) -> dict[str, list[Claimed]]:
    rows = (
        _rows("BenefitClaim")
        .visible_to(actor)
        .filter(
            model_id=model.pk,
            state__in=[ClaimState.ATTESTED, ClaimState.UNATTESTED],
            start__lt=end,
            end__gt=start,
        )
    )
    found: dict[str, list[Claimed]] = defaultdict(list)
    for row in rows:
        found[row.currency].append(claimed(row))
    return found


def claimed(row: Any) -> Claimed:
    """Return a claim's row as totals read it."""
    return Claimed(
        grade=Grade(row.grade),
        start=row.start,
        end=row.end,
        whole=Range(row.low, row.point, row.high),
        share=int(row.share * value.SHARE_SCALE),
        attested=row.state == ClaimState.ATTESTED,
    )


def _reading(
    model: "RegisteredModel", currency: str, versions: Collection["ModelVersion"], read: _Read
) -> ModelWorth:
    retired = model.retired_at.date() if model.retired_at else None
    each = tuple(_version(version, retired, currency, read) for version in versions)
    whole = Loaded(unphased=sum(read.spent.get((currency, None), {}).values()))
    loaded = sum((one.loaded for one in each), whole)
    mine = read.claims.get(currency, [])
    gained = value.benefit(mine, read.start, read.end)
    waiting = [value.in_period(one, read.start, read.end) for one in mine if not one.attested]
    returned = value.roi(gained, loaded.total)
    return ModelWorth(model, currency, each, loaded, gained, sum(waiting, Range()), returned)


def _version(
    version: "ModelVersion", retired: dt.date | None, currency: str, read: _Read
) -> VersionWorth:
    spent = read.spent.get((currency, version.pk), {})
    begun = version.created_at.date()
    life = Life(begun, begun + value.PLANNED_LIFE, retired)
    trained = read.training.get((currency, version.pk), 0)
    borne = value.amortise(trained, life, read.start, read.end)
    parts: dict[str, int] = defaultdict(int)
    for (phase, _), units in spent.items():
        if phase not in _TRAINING:
            parts[_FIELDS.get(phase, "unphased")] += units
    direct, shared = (spent.get((Phase.SERVE, way), 0) for way in _BY_USE)
    made = read.made.get(version.pk)
    return VersionWorth(
        version=version,
        loaded=Loaded(training=borne.in_period, written_off=borne.written_off, **parts),
        left=borne.left,
        predictions=made,
        unit_cost=value.cost_per_thousand(direct, shared, made),
    )
