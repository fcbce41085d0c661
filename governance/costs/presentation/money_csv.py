"""A model's own page of money as a file: every figure of it in a row of its own, exact."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from governance.costs.kinds import Basis
from governance.costs.querysets.model_money import ModelMoney
from governance.costs.querysets.summary import Summary
from governance.costs.querysets.worth import ModelWorth
from governance.costs.rules.value import PART_NAMES, Gain, Loaded, Range, Roi
from governance.kernel.money import text_or_none, to_text

COLUMNS = ("Figure", "Of", "Month", "Currency", "Basis", "Value", "Why there is none")
_EFFECTIVE = Basis.EFFECTIVE.value


def money_rows(found: ModelMoney) -> Iterator[list[Any]]:
    """Yield what the page shows, from top to bottom; a month without a run has no row."""
    yield from _phases(found.phases)
    yield from _units(found)
    for one in found.worth:
        yield from _worth(one)


def _phases(found: Summary) -> Iterator[list[Any]]:
    for line in found.lines:
        for month in found.published:
            amount = to_text(line.amounts.get(month, 0))
            yield _row("Cost by phase", line.labels[0], line.currency, amount, f"{month:%Y-%m}")
    for gone in found.unconverted:
        yield _row("Not converted", "", gone.currency, to_text(gone.amount))


def _units(found: ModelMoney) -> Iterator[list[Any]]:
    for one in found.units:
        month = f"{one.month:%Y-%m}"
        made, cost = (text_or_none(units) for units in (one.predictions, one.cost.units))
        yield ["Predictions", "", month, "", "", made, ""]
        row = _row("Cost of 1,000 predictions", "", found.phases.currency, cost, month)
        yield [*row[:-1], one.cost.reason]


def _worth(one: ModelWorth) -> Iterator[list[Any]]:
    yield from _loaded("All of it", one.loaded, one.currency)
    for version in one.versions:
        name = f"Version {version.version.number}"
        yield from _loaded(name, version.loaded, one.currency)
        yield _row("Training still to bear", name, one.currency, to_text(version.left))
    yield from _gain("", one.own, one.currency)
    yield from _gain(", whole use case", one.whole, one.currency)
    yield from _return(one.roi, one.currency)


def _gain(of: str, found: Gain, currency: str) -> Iterator[list[Any]]:
    for grade, gained in found.benefit.by_grade.items():
        yield from _range(f"Benefit{of}, {grade.label}", gained, currency)
    yield from _range(f"Claimed, not attested{of}", found.unattested, currency)


def _loaded(name: str, found: Loaded, currency: str) -> Iterator[list[Any]]:
    for part in fields(Loaded):
        if units := getattr(found, part.name):
            yield _row(
                f"Cost in full, {PART_NAMES[part.name].lower()}", name, currency, to_text(units)
            )
    yield _row("Cost in full", name, currency, to_text(found.total))


def _range(figure: str, found: Range, currency: str) -> Iterator[list[Any]]:
    for part in fields(Range):
        amount = to_text(getattr(found, part.name))
        yield [figure, part.name, "", currency, "", amount, ""]


def _return(found: Roi, currency: str) -> Iterator[list[Any]]:
    for part in fields(Range):
        share = getattr(found, part.name)
        yield ["Return", part.name, "", currency, "", share, found.reason]


def _row(figure: str, of: str, currency: str, value: str | None, month: str = "") -> list[Any]:
    return [figure, of, month, currency, _EFFECTIVE, value, ""]
