"""Money as whole numbers: an amount is an ``int`` of units of 10⁻¹⁸ of a currency.

Sums and shares of such numbers are exact; a decimal of Python's default context (28 digits) or a
float would not be. Rounded to a currency's minor unit only where a statement is printed.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeVar

PLACES = 18
DIGITS = 38
UNIT = 10**PLACES
MOST = 10**DIGITS - 1
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_LONGEST = 200  # characters of a number at the door

# Currencies in use (ISO 4217) by how many decimals their statements show.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
    "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
    "ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS: Mapping[str, int] = {
    code: digits for digits, codes in _DECIMALS.items() for code in codes.split()
}

Key = TypeVar("Key", bound=Hashable)


def from_decimal(value: Decimal) -> tuple[int, Decimal]:
    """Return ``value`` in units, rounded half to even, and what the rounding left over.

    Raises ``ValueError`` when it is not finite or has more than 20 digits before the point.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is no amount")
    if value.adjusted() >= DIGITS - PLACES:
        raise ValueError(f"{value} is more than an amount can hold")
    whole = int(value.scaleb(PLACES, _EXACT).to_integral_value(ROUND_HALF_EVEN, _EXACT))
    if abs(whole) > MOST:  # rounded up to a digit more
        raise ValueError(f"{value} is more than an amount can hold")
    return whole, _EXACT.subtract(value, to_decimal(whole))


def from_text(text: str) -> tuple[int, Decimal]:
    """Return what plain ``text`` (``-1.25``, ``35.2E-7``) says, in units, and the remainder.

    Raises ``ValueError`` when it is no plain number, or too large.
    """
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no number")
    return from_decimal(Decimal(text))


def to_decimal(units: int) -> Decimal:
    """Return ``units`` as an exact decimal with 18 places."""
    return Decimal(units).scaleb(-PLACES, _EXACT)


def to_text(units: int) -> str:
    """Return ``units`` as people and APIs write them: ``-1.25``, with no zeros at the end."""
    whole, rest = divmod(abs(units), UNIT)
    tail = f".{rest:018d}".rstrip("0").rstrip(".")
    return f"{'-' if units < 0 else ''}{whole}{tail}"


def text_or_none(units: int | None) -> str | None:
    """Return the exact text of an amount that may not be known."""
    return None if units is None else to_text(units)


def minor_digits(currency: str) -> int:
    """Return how many decimals a statement in ``currency`` shows; 2 for one we do not know."""
    return MINOR_UNITS.get(currency, 2)


def rounded(units: int, currency: str) -> int:
    """Return ``units`` rounded half to even at the minor unit of ``currency``, still in units."""
    step = 10 ** (PLACES - minor_digits(currency))
    whole, rest = divmod(units, step)
    up = rest * 2 > step or (rest * 2 == step and whole % 2 == 1)
    return (whole + up) * step


def printed(units: int, currency: str) -> str:
    """Return ``units`` as a statement prints them: ``1,234.50`` for USD, ``1,235`` for JPY."""
    digits = minor_digits(currency)
    value = rounded(units, currency)
    return f"{to_decimal(value):,.{digits}f}"


def split(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share ``amount`` by ``weights``, to the last unit: the shares sum to ``amount``.

    The largest remainders get one unit more, ties by key ascending. Weights are whole, at least 0,
    and not all 0; raises ``ValueError``. A weight of 0 gets nothing.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must be at least 0, and not all of them 0")
    sign, size = (-1 if amount < 0 else 1), abs(amount)
    shares = {key: size * weight // total for key, weight in weights.items()}
    left = size - sum(shares.values())
    by_remainder = sorted(weights, key=lambda key: (-(size * weights[key] % total), key))
    for key in by_remainder[:left]:
        shares[key] += 1
    return {key: sign * share for key, share in shares.items()}


def statement(lines: Mapping[Key, int], currency: str, total: int | None = None) -> dict[Key, int]:
    """Return ``lines`` (units) rounded to the minor unit so that they sum to the printed total.

    ``total`` is what the level above printed; without it the exact sum is rounded. Each line is
    taken down to the minor unit, and the missing units go to the largest remainders, ties by key.
    """
    step = 10 ** (PLACES - minor_digits(currency))
    target = rounded(sum(lines.values()), currency) if total is None else total
    floors = {key: units // step * step for key, units in lines.items()}
    missing = (target - sum(floors.values())) // step
    order: Sequence[Key] = sorted(lines, key=lambda key: (-(lines[key] % step), str(key)))
    if not 0 <= missing <= len(order):
        raise ValueError("the lines are not those of this total")
    for key in order[:missing]:
        floors[key] += step
    return floors
