"""What a later run over a closed month moves, booked in an open one. Pure.

Closed money is moved, never made: the lines of an adjustment sum to 0 in each currency and basis.
"""

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import Basis
from governance.costs.rules.focus import TARGET
from governance.kernel.errors import RuleBroken
from governance.kernel.ids import number_in
from governance.kernel.money import from_text, to_text

ISSUER = "Adjustments"
_Moved = dict[tuple[str, str], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Booking:
    """Which run corrects which, in which closed month, and the open month that takes the lines."""

    month: dt.date
    into: dt.date
    run: str
    against: str


def name_start(month: dt.date) -> str:
    return f"adjustment-{month:%Y-%m}-"


def adjustment_name(month: dt.date, run: str) -> str:
    """Return what the file of an adjustment is called: its run can be read from the name."""
    return f"{name_start(month)}{run}.csv"


def run_in(file_name: str) -> int:
    """Return the number of the run that an adjustment's file is named after."""
    return number_in(file_name.removesuffix(".csv").split("-", 3)[3], "ALC") or 0


def moved(
    difference: Iterable[Mapping[str, Any]], booked: Iterable[Mapping[str, Any]] = ()
) -> _Moved:
    """Return units by (target, currency) and basis; ``booked`` is what was adjusted before."""
    found: _Moved = defaultdict(lambda: dict.fromkeys(Basis.values, 0))
    for sign, rows in ((1, difference), (-1, booked)):
        for row in rows:
            units = from_text(row["delta"])[0]
            found[row["target"], row["currency"]][row["basis"]] += sign * units
    return {key: by_basis for key, by_basis in sorted(found.items()) if any(by_basis.values())}


def check_sums(lines: _Moved) -> None:
    """Raise ``RuleBroken`` when nothing moves, or when the lines would make money."""
    if not lines:
        raise RuleBroken("nothing-moves", "Nothing moves that was not adjusted already.")
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (_, currency), by_basis in lines.items():
        for basis, units in by_basis.items():
            sums[currency, basis] += units
    off = [f"{to_text(n)} {currency} {basis}" for (currency, basis), n in sums.items() if n]
    if off:
        told = f"This would make money: {', '.join(off)}. New money comes as correction lines."
        raise RuleBroken("not-moved-only", told)


def as_bill(lines: _Moved, booking: Booking) -> bytes:
    """Return the lines as a FOCUS file, one for each target and currency."""
    out = io.StringIO()
    rows = [_row(key, by_basis, booking) for key, by_basis in lines.items()]
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _row(key: tuple[str, str], by_basis: Mapping[str, int], booking: Booking) -> dict[str, str]:
    target, currency = key
    start, last = f"{booking.into}T00:00:00Z", booking.into + dt.timedelta(days=1)
    end = (booking.into + dt.timedelta(days=32)).replace(day=1)
    what = f"Adjustment of {booking.month:%Y-%m}: {booking.run} against {booking.against}"
    return {
        "BilledCost": to_text(by_basis[Basis.BILLED]),
        "EffectiveCost": to_text(by_basis[Basis.EFFECTIVE]),
        "BillingCurrency": currency,
        "BillingPeriodStart": start,
        "BillingPeriodEnd": f"{end}T00:00:00Z",
        "ChargePeriodStart": start,
        "ChargePeriodEnd": f"{last}T00:00:00Z",
        "ChargeCategory": "Adjustment",
        "ChargeDescription": what,
        "InvoiceIssuerName": ISSUER,
        "ServiceName": f"Adjustment of {booking.month:%Y-%m}",
        "ServiceCategory": "Adjustment",
        TARGET: target,
        "x_Run": booking.run,
        "x_Against": booking.against,
    }
