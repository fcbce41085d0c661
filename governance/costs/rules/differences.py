"""What moved between two runs, by target and cause. The parts sum to the whole exactly.

New inputs are applied one after another (data, rule, driver, rate); each step's movement is its
cause. Rates move nothing here: money is shared out in the currency of its bill.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from governance.costs.kinds import Cause
from governance.kernel import money

# By (target, currency): units billed and effective.
Totals = Mapping[tuple[str, str], tuple[int, int]]
_NOTHING = (0, 0)
_BASES = ("billed", "effective")


def difference(steps: Sequence[tuple[Cause | None, Totals]]) -> list[dict[str, Any]]:
    """Return rows of what moved. ``steps`` are totals from the old run's (None) to the new run's.

    A row has target, currency, basis, old, new, delta and causes, all amounts as text; what did not
    move at any step is left out. The largest movements come first.
    """
    keys = sorted({key for _, totals in steps for key in totals})
    rows = []
    for target, currency in keys:
        for place, basis in enumerate(_BASES):
            row = [totals.get((target, currency), _NOTHING)[place] for _, totals in steps]
            if len(set(row)) > 1:
                rows.append((abs(row[-1] - row[0]), _row(target, currency, basis, steps, row)))
    return [row for _, row in sorted(rows, key=lambda each: -each[0])]


def _row(
    target: str,
    currency: str,
    basis: str,
    steps: Sequence[tuple[Cause | None, Totals]],
    amounts: Sequence[int],
) -> dict[str, Any]:
    causes = dict.fromkeys((cause.value for cause in Cause), 0)
    for place in range(1, len(steps)):
        cause = steps[place][0]
        if cause is not None:
            causes[cause.value] += amounts[place] - amounts[place - 1]
    return {
        "target": target,
        "currency": currency,
        "basis": basis,
        "old": money.to_text(amounts[0]),
        "new": money.to_text(amounts[-1]),
        "delta": money.to_text(amounts[-1] - amounts[0]),
        "causes": {name: money.to_text(moved) for name, moved in causes.items()},
    }


def moved_by_currency(old: Totals, new: Totals) -> dict[tuple[str, str], int]:
    """Return what all targets together gained, by (currency, basis)."""
    found: dict[tuple[str, str], int] = {}
    for totals, sign in ((old, -1), (new, 1)):
        for (_, currency), amounts in totals.items():
            for basis, amount in zip(_BASES, amounts, strict=True):
                found[currency, basis] = found.get((currency, basis), 0) + sign * amount
    return found
