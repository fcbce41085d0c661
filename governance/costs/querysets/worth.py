"""What models' versions cost in full, what each use of them costs, and what they return.

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

from governance.costs.kinds import Basis, Phase, RulePhase, TargetKind, UsageUnit
from governance.costs.querysets.bearing import AtModel, Key, claimed, claims_at
from governance.costs.querysets.by_hand import LINE, LINES
from governance.costs.querysets.settlement import amount_in, unfilled_issuers
from governance.costs.rules import value
from governance.costs.rules.lives import Life, amortise, life_of
from governance.costs.rules.value import Figure, Gain, Loaded, Roi
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
    life: Life
    loaded: Loaded
    left: int
    predictions: int | None
    unit_cost: Figure


@dataclass(frozen=True, slots=True)
class ModelWorth:
    """``own`` is what the return rests on; ``whole`` was claimed for the use case as a whole, which
    has other models too, and is in no model's return.
    """

    model: "RegisteredModel"
    currency: str
    versions: tuple[VersionWorth, ...]
    loaded: Loaded
    own: Gain
    whole: Gain
    roi: Roi


@dataclass(frozen=True, slots=True)
class Rows:
    """What a reading may read; ``days`` are charges by day of published runs.

    ``endings`` are all there are: a model costs the same for whoever may see what it costs, even
    when its use case, and the end of that, is another team's.
    What ``unfilled`` issuers billed stands for an effective cost that they leave empty.
    """

    days: Any
    usage: Any
    claims: Any
    lives: Any
    endings: Any
    unfilled: Collection[str] = ()

    @property
    def amount(self) -> ExactSum:
        return ExactSum(amount_in(Basis.EFFECTIVE, self.unfilled))


Lines = dict[tuple[UUID | None, str, str, str], int]  # version, phase, how it came, line
Spent = dict[Key, Lines]
Training = dict[Key, dict[tuple[UUID, str], int]]
Versions = Mapping[UUID, list["ModelVersion"]]  # by model


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database says of the models' days, before it is put together."""

    start: dt.date
    end: dt.date
    spent: Spent
    training: Training
    made: Mapping[UUID, int]
    claims: Mapping[Key, AtModel]
    lives: Mapping[UUID, list[tuple[dt.date, int]]]
    ended: Mapping[UUID, dt.date]


def model_worth(
    actor: Actor, model: "RegisteredModel", start: dt.date, end: dt.date
) -> list[ModelWorth]:
    """Return a reading for each currency that money or claims of the model are in."""
    return worths(rows_of(actor, unfilled_issuers()), [model], start, end)


def rows_of(actor: Actor, unfilled: Collection[str]) -> Rows:
    """Return all that ``actor`` may read of what models are worth."""
    return Rows(
        days=_rows("ChargeDay").visible_to(actor).published(),
        usage=_rows("UsageMetric").visible_to(actor),
        claims=_rows("BenefitClaim").visible_to(actor),
        lives=_rows("PlannedLife").visible_to(actor),
        endings=_rows("WorkEnding").all(),
        unfilled=unfilled,
    )


def worths(
    rows: Rows,
    models: Collection["RegisteredModel"],
    start: dt.date,
    end: dt.date,
    versions: Versions | None = None,
) -> list[ModelWorth]:
    """Return the readings of ``models``, in their order: nine queries, however many there are.

    Who has read the models' ``versions`` already gives them, for one query less.
    """
    keys = [model.pk for model in models]
    days = rows.days.filter(target__model_id__in=keys)
    read = _Read(
        start=start,
        end=end,
        spent=_spent(days.filter(day__gte=start, day__lt=end), rows.amount),
        training=_training(days.filter(day__lt=end), rows.amount),
        made=_predictions(rows.usage, keys, start, end),
        claims=claims_at(rows.claims.counted(start, end), keys),
        lives=rows.lives.stated(keys),
        ended=rows.endings.unused_versions(keys),
    )
    known = {*read.spent, *read.training, *read.claims}
    versions = versions_of(keys) if versions is None else versions
    return [
        _reading(model, currency, versions[model.pk], read)
        for model in models
        for currency in sorted(code for key, code in known if key == model.pk)
    ]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


def versions_of(keys: Collection[UUID]) -> "Versions":
    """Return the versions of the models of ``keys``, each model's by number."""
    rows = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
    found: dict[UUID, list[ModelVersion]] = defaultdict(list)
    for version in rows.filter(model_id__in=keys).order_by("number"):
        found[version.model_id].append(version)
    return found


def _spent(days: Any, amount: ExactSum) -> Spent:
    found: Spent = defaultdict(dict)
    columns = ("target__model_id", "currency", "target__version_id", "target__phase", "rule_phase")
    rows = days.order_by().values_list(*columns, LINE).annotate(units=amount)
    for model, currency, version, phase, way, line, units in rows:
        found[model, currency][version, phase, way, line] = units
    return found


def _training(days: Any, amount: ExactSum) -> Training:
    found: Training = defaultdict(dict)
    rows = days.filter(target__phase__in=_TRAINING, target__kind=TargetKind.VERSION).order_by()
    columns = ("target__model_id", "currency", "target__version_id")
    summed = rows.values_list(*columns, LINE).annotate(units=amount)
    for model, currency, version, line, units in summed:
        found[model, currency][version, line] = units
    return found


def _predictions(
    rows: Any, keys: Collection[UUID], start: dt.date, end: dt.date
) -> dict[UUID, int]:
    mine = rows.speaking().filter(
        version__model_id__in=keys, unit=UsageUnit.PREDICTIONS, day__gte=start, day__lt=end
    )
    return dict(mine.order_by().values_list("version_id").annotate(units=ExactSum("quantity")))


def _reading(
    model: "RegisteredModel", currency: str, versions: Collection["ModelVersion"], read: _Read
) -> ModelWorth:
    key = (model.pk, currency)
    retired = model.retired_at.date() if model.retired_at else None
    each = tuple(_version(version, retired, key, read) for version in versions)
    unphased = Loaded(**_parts(read.spent.get(key, {}), None))
    loaded = sum((one.loaded for one in each), unphased)
    mine = read.claims.get(key, AtModel())
    own, whole = (
        value.gain([claimed(row) for row in rows], read.start, read.end)
        for rows in (mine.own, mine.whole)
    )
    returned = value.roi(own.benefit, loaded.total)
    return ModelWorth(model, currency, each, loaded, own, whole, returned)


def _version(
    version: "ModelVersion", retired: dt.date | None, key: Key, read: _Read
) -> VersionWorth:
    spent = read.spent.get(key, {})
    ends = [day for day in (read.ended.get(version.pk), retired) if day is not None]
    stated = read.lives.get(version.pk, ())
    life = life_of(version.created_at.date(), stated, min(ends, default=None))
    trained = read.training.get(key, {})
    borne = {
        line: amortise(trained.get((version.pk, line), 0), life, read.start, read.end)
        for line in LINES
    }
    parts = _parts(spent, version.pk)
    for line, part in borne.items():
        parts[line or "training"] += part.in_period
    direct, shared = (_served(spent, version.pk, way) for way in _BY_USE)
    made = read.made.get(version.pk)
    return VersionWorth(
        version=version,
        life=life,
        loaded=Loaded(**parts, written_off=sum(part.written_off for part in borne.values())),
        left=sum(part.left for part in borne.values()),
        predictions=made,
        unit_cost=value.cost_per_thousand(direct, shared, made),
    )


def _parts(spent: Lines, version: UUID | None) -> dict[str, int]:
    """Return what the days cost by line: of a version without its training, or of none of them."""
    parts: dict[str, int] = defaultdict(int)
    for (whose, phase, _, line), units in spent.items():
        if whose == version and (version is None or phase not in _TRAINING):
            named = _FIELDS.get(phase, "unphased") if version else "unphased"
            parts[line or named] += units
    return parts


def _served(spent: Lines, version: UUID, way: str) -> int:
    return sum(spent.get((version, Phase.SERVE, way, line), 0) for line in LINES)
