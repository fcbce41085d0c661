"""What a model is worth, in printed figures; a figure that cannot be had says why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from audits.engine.outcome import Axis, Figure, Series
from governance.costs.presentation.tables import as_float
from governance.costs.querysets.model_money import ModelMoney
from governance.costs.querysets.worth import ModelWorth, VersionWorth
from governance.costs.rules.value import PART_NAMES, Gain, Loaded, Range, Roi
from governance.kernel import money


@dataclass(frozen=True, slots=True)
class VersionRow:
    """``assumed``: nobody stated the planned life."""

    name: str
    key: str
    cells: Sequence[str]
    total: str
    left: str
    unit_cost: str
    reason: str
    life_days: int
    life_end: date
    assumed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What was claimed, as low, point and high; ``grade`` is the weakest of what is attested."""

    benefit: str
    grade: str
    unattested: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A model's worth in one currency. ``whole``: of its use case, which has other models too."""

    currency: str
    columns: Sequence[str]
    versions: Sequence[VersionRow]
    loaded: str
    own: Told
    whole: Told
    roi: str
    roi_reason: str


def readings(found: ModelMoney) -> list[Reading]:
    return [_reading(one) for one in found.worth]


def _reading(one: ModelWorth) -> Reading:
    used = [part.name for part in fields(Loaded) if getattr(one.loaded, part.name)]
    return Reading(
        currency=one.currency,
        columns=[PART_NAMES[name] for name in used],
        versions=[_version(version, used, one.currency) for version in one.versions],
        loaded=money.printed(one.loaded.total, one.currency),
        own=_told(one.own, one.currency),
        whole=_told(one.whole, one.currency),
        roi=roi_text(one.roi),
        roi_reason=one.roi.reason,
    )


def _told(gain: Gain, currency: str) -> Told:
    grade = gain.benefit.weakest
    return Told(
        benefit=_span(gain.benefit.total, currency) if grade else "",
        grade=str(grade.label) if grade else "",
        unattested=_span(gain.unattested, currency) if gain.unattested.high else "",
    )


def _version(one: VersionWorth, used: Sequence[str], currency: str) -> VersionRow:
    units = one.unit_cost.units
    return VersionRow(
        name=f"Version {one.version.number}",
        key=str(one.version.pk),
        cells=[money.printed(getattr(one.loaded, name), currency) for name in used],
        total=money.printed(one.loaded.total, currency),
        left=money.printed(one.left, currency),
        unit_cost="" if units is None else money.printed(units, currency),
        reason=one.unit_cost.reason,
        life_days=one.life.days,
        life_end=one.life.planned_end,
        assumed=not one.life.stated,
    )


def _span(amount: Range, currency: str) -> str:
    low, point, high = (money.printed(n, currency) for n in (amount.low, amount.point, amount.high))
    return f"{point} {currency} [{low}, {high}]"


def roi_text(roi: Roi) -> str:
    """Return the point and [low, high] in percent; empty when there is none."""
    if roi.low is None or roi.point is None or roi.high is None:
        return ""
    low, point, high = (f"{share * Decimal(100):,.0f}" for share in (roi.low, roi.point, roi.high))
    return f"{point} % [{low}, {high}]"


def unit_figure(found: ModelMoney) -> Figure | None:
    """Return the curve of what 1,000 predictions cost; months without a figure are left out."""
    known = [(place, one) for place, one in enumerate(found.units) if one.cost.units is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point is no curve
        return None
    names = tuple(f"{one.month:%b %Y}" for one in found.units)
    x = tuple(float(place) for place, _ in known)
    y = tuple(as_float(one.cost.units or 0) for _, one in known)
    axes = Axis("", "", names), Axis("Cost", found.phases.currency)
    return Figure("unit-cost", "line", "Cost of 1,000 predictions", *axes, (Series("", x, y),))
