"""The table of every model's money in printed figures, each with its error and where it leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from governance.costs.kinds import Basis, ClaimState
from governance.costs.presentation.cockpit import explorer_url
from governance.costs.presentation.plans import percent
from governance.costs.presentation.worth import roi_text
from governance.costs.querysets.model_table import Asked, ModelRow, Reading, VersionMoney
from governance.costs.querysets.planned import Plan
from governance.costs.rules.value import Range
from governance.kernel import money
from inventory.catalog.models import ModelVersion, RegisteredModel


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with the address it leads to; ``notes`` say how far it can be relied on."""

    text: str
    url: str
    notes: Sequence[str] = ()
    over: str = ""  # how much of the plan is spent, once it is more than all


@dataclass(frozen=True, slots=True)
class Line:
    """``benefit`` holds a cell for each grade and one for what nobody attested: they are not added.

    ``full`` is the cost in full, ``reason`` why there is no return on it.
    """

    name: str
    url: str
    spent: Cell
    planned: Sequence[Cell]
    expected: Cell | None
    benefit: Sequence[Cell] = ()
    roi: Cell | None = None
    reason: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class ShownReading:
    """``itself``: what no version bears; with the versions it adds up to the model in print."""

    currency: str
    whole: Line
    versions: Sequence[Line]
    itself: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    model: RegisteredModel
    url: str
    readings: Sequence[ShownReading]
    silent: Sequence[ModelVersion]


def shown_rows(rows: Iterable[ModelRow], asked: Asked) -> list[ShownRow]:
    return [
        ShownRow(
            model=row.model,
            url=_model_url(row.model, asked),
            readings=[_reading(row, one, asked) for one in row.readings],
            silent=row.silent,
        )
        for row in rows
    ]


def _model_url(model: RegisteredModel, asked: Asked) -> str:
    months = f"start={asked.months[0]:%Y-%m}&end={asked.months[-1]:%Y-%m}"
    return f"{reverse('costs:model-detail', args=[model.pk])}?{months}"


def _reading(row: ModelRow, one: Reading, asked: Asked) -> ShownReading:
    lines = {version.version.pk: version.spent for version in one.versions}
    printed = money.statement(lines | {row.model.pk: one.itself}, one.currency)
    return ShownReading(
        currency=one.currency,
        whole=_whole(row.model, one, asked),
        versions=[
            _version(row.model, version, printed[version.version.pk], asked, one.currency)
            for version in one.versions
        ],
        itself=_amount(printed[row.model.pk], one.currency) if one.itself else "",
    )


def _whole(model: RegisteredModel, one: Reading, asked: Asked) -> Line:
    about = {"model": str(model.pk), "group": "version"}
    return Line(
        name=model.name,
        url=_model_url(model, asked),
        spent=_spent(one.spent, one.currency, asked, about),
        planned=_planned(one.plans, one.spent, one.currency, model),
        expected=_expected(one.forecast),
        **_worth(model, one, asked),
    )


def _version(
    model: RegisteredModel, one: VersionMoney, printed: int, asked: Asked, currency: str
) -> Line:
    about = {"version": str(one.version.pk), "group": "phase"}
    return Line(
        name=f"Version {one.version.number}",
        url=reverse("catalog:version-detail", args=[one.version.pk]),
        spent=_spent(printed, currency, asked, about),
        planned=_planned(one.plans, one.spent, currency, model),
        expected=_expected(one.forecast),
        full=_amount(one.worth.loaded.total, currency) if one.worth else "",
    )


def _spent(units: int, currency: str, asked: Asked, about: Mapping[str, str]) -> Cell:
    start, end = asked.months[0], asked.months[-1]
    cut = {"basis": Basis.EFFECTIVE.value, "currency": currency, **about}
    return Cell(_amount(units, currency), explorer_url(start=start, end=end, **cut))


def _planned(
    plans: Sequence[Plan], spent: int, currency: str, model: RegisteredModel
) -> list[Cell]:
    return [_plan(plan, spent, currency, model) for plan in plans]


def _plan(plan: Plan, spent: int, currency: str, model: RegisteredModel) -> Cell:
    """Only what is planned on the basis of what was spent is held against it."""
    notes = ["pro rata" + (" of its parts" if plan.of_parts else "")]
    share = spent / plan.units if plan.basis == Basis.EFFECTIVE and plan.units else None
    if plan.basis != Basis.EFFECTIVE:
        notes.append(str(Basis(plan.basis).label).lower())
    elif share is not None and share <= 1:
        notes.append(f"{percent(share)} spent")
    url = f"{reverse('costs:budget-list')}?model={model.pk}"
    if len(plan.budgets) == 1:
        url = reverse("costs:budget-detail", args=[plan.budgets[0].pk])
    over = percent(share) if share is not None and share > 1 else ""
    return Cell(_amount(plan.units, currency), url, [", ".join(notes)], over)


def _expected(forecast: Any) -> Cell | None:
    if forecast is None:
        return None
    currency, notes = forecast.currency, []
    if forecast.low is not None:
        notes.append(_between(forecast.low, forecast.high, currency))
    error = "low confidence" if forecast.low_confidence else "untested"
    if forecast.wape is not None and not forecast.low_confidence:
        error = f"off by {percent(forecast.wape)}"
    notes.append(f"{forecast.horizon} days from {forecast.cutoff:%-d %b %Y}, {error}")
    url = reverse("costs:forecast-detail", args=[forecast.pk])
    return Cell(_amount(forecast.point, currency), url, notes)


def _worth(model: RegisteredModel, one: Reading, asked: Asked) -> dict[str, Any]:
    if one.worth is None:
        return {"reason": "no cost is recorded"}
    url = f"{reverse('costs:claim-list')}?model={model.pk}"
    waiting, returned = one.worth.own.unattested, roi_text(one.worth.roi)
    grades = one.worth.own.benefit.by_grade.items()
    cells = [_ranged(found, one.currency, url, f"grade {key.upper()}") for key, found in grades]
    whole, case = one.worth.whole.benefit, f"{reverse('costs:claim-list')}?use_case="
    for key, found in whole.by_grade.items():
        told = f"grade {key.upper()}, for its whole use case, in no return"
        cells.append(_ranged(found, one.currency, f"{case}{model.use_case_id}", told))
    if waiting.high:
        claimed = f"{url}&state={ClaimState.UNATTESTED.value}"
        cells.append(_ranged(waiting, one.currency, claimed, "not attested, in no total"))
    return {
        "benefit": cells,
        "roi": Cell(returned, _model_url(model, asked)) if returned else None,
        "reason": one.worth.roi.reason,
        "full": _amount(one.worth.loaded.total, one.currency),
    }


def _ranged(found: Range, currency: str, url: str, evidence: str) -> Cell:
    notes = [_between(found.low, found.high, currency), evidence]
    return Cell(_amount(found.point, currency), url, notes)


def _between(low: int, high: int, currency: str) -> str:
    return f"[{money.printed(low, currency)}, {money.printed(high, currency)}]"


def _amount(units: int, currency: str) -> str:
    return f"{money.printed(units, currency)} {currency}"
