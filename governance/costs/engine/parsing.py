"""Amounts and times out of text, as SQL: exact, and set by set instead of row by row.

An amount with more than 18 decimals is rounded half to even. What programs print is read in SQL in
three ways (plain, long, with a small exponent); what people type, and oddities, by ``kernel.money``
itself. ``tail_of`` and ``goes_up`` say what rounding cost, so that nothing goes missing in silence.
"""

import re
from typing import Any

from governance.kernel import money

NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
# With symbol or code, thousands set apart by commas, and a point: there is one way to read it.
PRICE = (
    r"[+-]?\s*[$€£¥]?\s*[+-]?([0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}"
    r"|[0-9]+(\.[0-9]+)?)\s*([$€£¥]|[A-Z]{3})?"
)
TAIL = 20  # digits beyond the 18th that are kept of what rounding left over
_UNCLEAR = r"[+-]?\s*[$€£¥]?\s*[0-9.,'' ]+\s*([$€£¥]|[A-Z]{3})?"
_SLASHED = r"[0-9]{1,2}/[0-9]{1,2}/([0-9]{2}|[0-9]{4})([ T].*)?"
_SMALL = r"-?[0-9](\.[0-9]{1,16})?[eE]-[0-9]{1,2}"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ORDERS = {"dmy": "%d/%m/", "mdy": "%m/%d/"}
_MONEY = f"DECIMAL({money.DIGITS},{money.PLACES})"
_EDGE = f"CAST('{'9' * 20}.{'9' * 18}' AS {_MONEY})"  # has nothing above it to be rounded to
_STEP = f"CAST('0.000000000000000001' AS {_MONEY})"
_UNIT = "CAST('0.000000000000000001' AS DECIMAL(18,18))"

# Each is built from those above it. A small number is a mantissa ``m`` of whole units, of which
# ``n`` digits drop out; it works in whole numbers, as the result has few of them.
_MACROS = (
    "nothing(t) AS CASE WHEN t IN ('', 'NULL', 'null') THEN NULL ELSE t END",
    (
        "is_plain(t) AS translate(t, '0123456789', '') IN ('', '.', '-', '-.') "
        "AND (length(t) <= 18 OR length(t) - strpos(t, '.') <= 18 OR NOT contains(t, '.'))"
    ),
    "is_long(t) AS translate(t, '0123456789', '') IN ('.', '-.')",
    f"is_small(t) AS length(t) <= 24 AND regexp_full_match(t, '{_SMALL}')",
    "beyond_of(t) AS rtrim(substr(t, strpos(t, '.') + 19), '0')",
    (
        "long_up(t) AS beyond_of(t) > '5' OR (beyond_of(t) = '5' "
        "AND substr(t, strpos(t, '.') + 18, 1) IN ('1', '3', '5', '7', '9'))"
    ),
    (
        f"long_amount(t) AS nullif(TRY_CAST(left(t, strpos(t, '.') + 18) AS {_MONEY}), {_EDGE}) "
        f"+ CASE WHEN NOT long_up(t) THEN 0 WHEN left(t, 1) = '-' THEN -{_STEP} ELSE {_STEP} END"
    ),
    (
        "drop_of(t) AS CAST(split_part(t, 'e-', 2) AS INTEGER) - 18 "
        "+ CASE WHEN contains(t, '.') THEN strpos(t, 'e') - strpos(t, '.') - 1 ELSE 0 END"
    ),
    "mantissa_of(t) AS CAST(translate(split_part(t, 'e-', 1), '.', '') AS BIGINT)",
    "power(n) AS CAST(pow(10, n) AS BIGINT)",
    "small_up(m, p) AS 2 * (m::HUGEINT % p) > p OR (2 * (m::HUGEINT % p) = p AND (m // p) % 2 = 1)",
    "halved(m, p) AS CAST(m // p AS BIGINT) + CASE WHEN small_up(m, p) THEN 1 ELSE 0 END",
    (
        "small_units(m, n) AS CASE WHEN n > 18 THEN 0 "
        "WHEN n > 0 THEN halved(abs(m), power(n)) * sign(m) "
        "WHEN n >= -18 THEN m::HUGEINT * power(-n) END"
    ),
    (
        "small_amount(t) AS TRY_CAST(small_units(mantissa_of(t), drop_of(t)) AS DECIMAL(20,0)) "
        f"* {_UNIT}"
    ),
    (
        "amount_of(t, plain) AS CASE WHEN t IS NULL THEN NULL "
        f"WHEN plain THEN TRY_CAST(t AS {_MONEY}) WHEN is_long(t) THEN long_amount(t) "
        "WHEN is_small(t) THEN small_amount(lower(t)) "
        f"ELSE TRY_CAST(odd_amount(t) AS {_MONEY}) END"
    ),
    "amount(t) AS amount_of(t, is_plain(t))",
    (
        "small_tail(m, n) AS CASE WHEN n <= 0 THEN '' "
        f"WHEN n > 18 THEN left(lpad(CAST(abs(m) AS VARCHAR), n::INTEGER, '0'), {TAIL}) "
        "ELSE lpad(CAST(abs(m) % power(n) AS VARCHAR), n::INTEGER, '0') END"
    ),
    (
        f"tail_of(t) AS rtrim(CASE WHEN is_plain(t) THEN '' WHEN is_long(t) THEN "
        f"left(beyond_of(t), {TAIL}) WHEN is_small(t) THEN small_tail(mantissa_of(lower(t)), "
        "drop_of(lower(t))) ELSE odd_tail(t) END, '0')"
    ),
    (
        "goes_up(t) AS CASE WHEN is_long(t) THEN long_up(t) WHEN is_small(t) "
        "THEN drop_of(lower(t)) BETWEEN 1 AND 18 AND small_up(abs(mantissa_of(lower(t))), "
        "power(drop_of(lower(t)))) ELSE odd_up(t) = 'up' END"
    ),
    f"is_number(t) AS regexp_full_match(t, '{NUMBER}')",
    f"is_price(t) AS regexp_full_match(trim(t), '{PRICE}')",
    f"is_unclear(t) AS regexp_full_match(trim(t), '{_UNCLEAR}')",
    "has_zone(t) AS right(t, 1) IN ('Z', 'z') OR regexp_matches(t, '[+-][0-9]{2}:?[0-9]{2}$')",
    f"is_slashed(t) AS regexp_full_match(t, '{_SLASHED}')",
    "sane(t) AS CASE WHEN year(t) BETWEEN 1990 AND 2200 THEN t END",
)
_ONE_NUMBER = re.compile(NUMBER, re.ASCII)
_ONE_PRICE = re.compile(PRICE, re.ASCII)
_NOT_OF_NUMBERS = re.compile(r"[^0-9.+-]", re.ASCII)


def teach(connection: Any, date_order: str) -> None:
    """Give ``connection`` the functions ``nothing``, ``amount``, ``moment`` and their parts."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.create_function("odd_amount", odd_amount, ["VARCHAR"], "VARCHAR")
    connection.create_function("odd_tail", odd_tail, ["VARCHAR"], "VARCHAR")
    connection.create_function("odd_up", odd_up, ["VARCHAR"], "VARCHAR")
    for macro in (*_MACROS, f"moment(t) AS {_moment(date_order)}"):
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")


def odd_amount(text: str) -> str:
    """Return the amount that ``text`` means, with 18 places; nothing when it means none.

    Nothing too when there is more than one way to read it.
    """
    try:
        units, _ = money.from_text(_tidy(text))
    except ValueError:
        return ""
    return f"{money.to_decimal(units):f}" if abs(units) <= money.MOST else ""


def odd_tail(text: str) -> str:
    """Return the digits of ``text`` beyond its 18th decimal, no more than ``TAIL``."""
    try:
        units, left = money.from_text(_tidy(text))
    except ValueError:
        return ""
    exact = abs(money.to_decimal(units) + left)
    _, _, decimals = f"{exact:.{money.PLACES + TAIL}f}".partition(".")
    return decimals[money.PLACES :] if left else ""


def odd_up(text: str) -> str:
    """Return ``up`` when rounding ``text`` to 18 decimals takes it away from zero."""
    try:
        units, left = money.from_text(_tidy(text))
    except ValueError:
        return ""
    return "up" if left and (left < 0) != (units < 0) else ""


def _tidy(text: str) -> str:
    plain = text.strip()
    if _ONE_NUMBER.fullmatch(plain) or not _ONE_PRICE.fullmatch(plain):
        return plain
    return _NOT_OF_NUMBERS.sub("", plain)


def _moment(date_order: str) -> str:
    """A time without a zone is UTC. Slashes are read in the source's order, or not at all."""
    iso = "substr(t, 5, 1) = '-' AND substr(t, 8, 1) = '-'"
    cases = [f"WHEN {iso} THEN sane(TRY_CAST(t AS TIMESTAMPTZ))"]
    if date_order in _ORDERS:
        day = _ORDERS[date_order]
        ways = [f"'{day}{year}{clock}'" for clock in _CLOCKS for year in ("%y", "%Y")]
        read = f"try_strptime(replace(t, 'T', ' '), [{', '.join(ways)}])"
        cases.append(f"WHEN is_slashed(t) THEN sane(CAST({read} AS TIMESTAMPTZ))")
    return f"CASE {' '.join(cases)} END"
