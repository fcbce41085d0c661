"""The table of every model's money as a file: exact amounts, the versions below their model."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from governance.costs.kinds import Basis, Grade
from governance.costs.querysets.model_table import Asked, ModelRow, Reading, VersionMoney
from governance.costs.rules.value import Range, Roi
from governance.kernel.money import text_or_none
from inventory.catalog.models import RegisteredModel

_RANGE = ("low", "point", "high")
COLUMNS = (
    *("Model", "Name", "Version", "Team", "Use case", "From", "To", "Currency", "Spent, effective"),
    *("Planned, effective", "Planned, billed", "Expected, effective", "Expected, low"),
    *("Expected, high", "Expected from", "Expected days", "Backtest error"),
    *(f"Benefit {grade.value.upper()}, {part}" for grade in Grade for part in _RANGE),
    *(f"Not attested, {part}" for part in _RANGE),
    *("Cost in full", *(f"Return, {part}" for part in _RANGE)),
)


def csv_rows(rows: Iterable[ModelRow], asked: Asked) -> Iterator[list[Any]]:
    for row in rows:
        for one in row.readings:
            yield [*_named(row.model, "", one.currency, asked), *_money(one), *_whole(one)]
            for version in one.versions:
                named = _named(row.model, str(version.version.number), one.currency, asked)
                full = version.worth.loaded.total if version.worth else None
                yield [*named, *_money(version), *_worth({}, None, full, None)]


def _named(model: RegisteredModel, version: str, currency: str, asked: Asked) -> list[str]:
    months = [f"{month:%Y-%m}" for month in (asked.months[0], asked.months[-1])]
    whose = [model.team.name, model.use_case.name]
    return [model.public_id, model.name, version, *whose, *months, currency]


def _money(one: Reading | VersionMoney) -> list[Any]:
    planned = {plan.basis: plan.units for plan in one.plans}
    plans = [text_or_none(planned.get(basis)) for basis in (Basis.EFFECTIVE, Basis.BILLED)]
    return [text_or_none(one.spent), *plans, *_forecast(one.forecast)]


def _forecast(row: Any) -> list[Any]:
    if row is None:
        return [""] * 6
    amounts = [text_or_none(units) for units in (row.point, row.low, row.high)]
    return [*amounts, row.cutoff, row.horizon, row.wape]


def _whole(one: Reading) -> list[str | None]:
    worth = one.worth
    if worth is None:
        return _worth({}, None, None, None)
    waiting = worth.own.unattested if worth.own.unattested.high else None
    return _worth(worth.own.benefit.by_grade, waiting, worth.loaded.total, worth.roi)


def _worth(
    benefit: Mapping[Grade, Range], unattested: Range | None, full: int | None, roi: Roi | None
) -> list[str | None]:
    ranges = [*(benefit.get(grade) for grade in Grade), unattested]
    shares = [getattr(roi, part, None) for part in _RANGE]
    return [
        *(text_or_none(getattr(found, part, None)) for found in ranges for part in _RANGE),
        text_or_none(full),
        *("" if share is None else f"{share:f}" for share in shares),
    ]
