"""What is odd about a bill that can be taken all the same, and what rounding left over."""

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any

from governance.costs.engine.parsing import NUMBER, TAIL
from governance.costs.engine.shaping import AMOUNTS, TIMES, Shape, listed
from governance.costs.rules import focus
from governance.costs.rules.refusals import WARNINGS, Finding
from governance.kernel import money

_TOLERANCE = 1e-4
_NUMERIC = 0.9
_NAMED = ("AvailabilityZone", "RegionName", "RegionId", "ServiceName", "ServiceCategory")
_CONTEXT = Context(prec=80)


def found(connection: Any, shape: Shape, first_line: int) -> list[Finding]:
    """Return all warnings, those about the header first."""
    return [
        *_of_header(shape),
        *_of_text(connection, shape, first_line),
        *_of_money(connection),
        *_of_tags(connection, shape, first_line),
        *_of_names(connection, shape),
    ]


def residuals(connection: Any, shape: Shape) -> dict[str, str]:
    """Return what rounding to 18 decimals took from billed and effective, as exact text.

    That is, rows with their tails less rows as landed, in 10⁻³⁸. Deeper digits are not counted.
    """
    left: dict[str, str] = {}
    for name, told in (("billed", "BilledCost"), ("effective", "EffectiveCost")):
        cell = shape.cell(told)
        minus = "CASE WHEN left(trim(t), 1) = '-' THEN -1 ELSE 1 END"
        tails, ups = connection.execute(
            f"SELECT sum({minus} * CAST(rpad(tail, {TAIL}, '0') AS HUGEINT)), "
            f"sum(CASE WHEN goes_up(t) THEN {minus} ELSE 0 END) FROM "
            f"(SELECT {cell} AS t, tail_of({cell}) AS tail, file_row_number AS row FROM raw) "
            "WHERE tail <> '' AND row IN (SELECT row FROM landing)"
        ).fetchone()
        units = int(tails or 0) - int(ups or 0) * 10**TAIL
        exact = Decimal(units).scaleb(-money.PLACES - TAIL, _CONTEXT)
        left[name] = f"{exact:f}".rstrip("0").rstrip(".") if units else "0"
    return left


def _of_header(shape: Shape) -> Iterator[Finding]:
    columns = shape.columns
    for name, loss in focus.WANTED.items():
        if name not in columns.at:
            yield Finding("column-missing", 1, 0, f"There is no {name}: {loss}.")
    if columns.unknown:
        named = ", ".join(columns.unknown[:20])
        message = f"Columns that FOCUS does not know, kept raw: {named}."
        yield Finding("unknown-columns", len(columns.unknown), 0, message)
    if columns.doubled:
        named = ", ".join(columns.doubled)
        message = f"Named more than once, the first one is read: {named}."
        yield Finding("columns-twice", len(columns.doubled), 0, message)


def _of_text(connection: Any, shape: Shape, first_line: int) -> Iterator[Finding]:
    """Count the rows on which each condition holds: one pass over all rows as they were delivered,
    and one over those whose amounts are not in plain digits.
    """
    odd = "(SELECT * FROM raw WHERE file_row_number IN (SELECT row FROM landing WHERE odd))"
    for rows, conditions in (("raw", _text_conditions(shape)), (odd, _money_conditions(shape))):
        yield from _counted(connection, rows, conditions, first_line)


def _counted(
    connection: Any, rows: str, conditions: Mapping[str, str], first_line: int
) -> Iterator[Finding]:
    used = {code: sql for code, sql in conditions.items() if sql}
    if not used:
        return
    judged = ", ".join(f"{sql} AS k{place}" for place, sql in enumerate(used.values()))
    counted = ", ".join(
        f"count_if(k{place}), min(CASE WHEN k{place} THEN file_row_number END)"
        for place in range(len(used))
    )
    told = connection.execute(
        f"SELECT {counted} FROM (SELECT {judged}, file_row_number FROM {rows})"
    ).fetchone()
    for place, code in enumerate(used):
        count, row = told[2 * place : 2 * place + 2]
        if count:
            yield Finding(code, count, row + first_line, WARNINGS[code])


def _text_conditions(shape: Shape) -> dict[str, str]:
    at = shape.columns.at
    words = [f"c{at[name]} IN ('NULL', 'null')" for name in focus.WANTED if name in at]
    times = [shape.cell(name) for name in TIMES.values()]
    own_words = {focus.SERVICE_CATEGORY} if shape.terms.by_hand else set()
    spoken = [name for name in focus.ALLOWED if name in at and name not in own_words]
    usual = {name: f"c{at[name]} IN ({listed(focus.ALLOWED[name])})" for name in spoken}
    folded = {name: f"lower(trim({shape.cell(name)}))" for name in spoken}
    return {
        "null-text": _any(words),
        "no-time-zone": _any(
            f"CASE WHEN right({cell}, 1) = 'Z' THEN false ELSE NOT has_zone(trim({cell})) END"
            for cell in times
        ),
        "unknown-value": _any(
            f"CASE WHEN {usual[name]} THEN false ELSE {folded[name]} NOT IN ({_folded(name)}) END"
            for name in spoken
        ),
        "other-spelling": _any(
            f"CASE WHEN {usual[name]} THEN false ELSE {folded[name]} IN ({_folded(name)}) END"
            for name in spoken
        ),
        "list-mismatch": _list_mismatch(shape),
    }


def _money_conditions(shape: Shape) -> dict[str, str]:
    """What can be said of an amount that is not in plain digits."""
    cells = [shape.cell(n) for names in AMOUNTS.values() for n in names if n in shape.columns.at]
    optional = [shape.cell(name) for name in ("ListCost", "ContractedCost")]
    return {
        "symbol-in-amount": _any(f"NOT is_number({cell}) AND is_price({cell})" for cell in cells),
        "plus-in-exponent": _any(f"regexp_matches({cell}, '[0-9][eE][+]')" for cell in cells),
        "rounded": _any(f"tail_of({cell}) <> ''" for cell in cells),
        "unreadable-optional": _any(
            f"amount({cell}) IS NULL AND {cell} IS NOT NULL" for cell in optional
        ),
    }


def _list_mismatch(shape: Shape) -> str:
    names = {"ListUnitPrice": "", "PricingQuantity": "", "ListCost": ""}
    cased = {name.casefold(): place for place, name in enumerate(shape.columns.names)}
    places = [cased.get(name.casefold()) for name in names]
    if None in places:
        return ""
    price, quantity, cost = (f"TRY_CAST(c{place} AS DOUBLE)" for place in places)
    return f"abs({price} * {quantity} - {cost}) > {_TOLERANCE}"


def _of_money(connection: Any) -> Iterator[Finding]:
    count, line = connection.execute(
        "SELECT count(*), min(line_no) FROM landing WHERE category = 'Credit' "
        "AND billed <> effective"
    ).fetchone()
    if count:
        yield Finding("credit-differs", count, line, WARNINGS["credit-differs"])
    if _looks_unfilled(connection):
        message = "EffectiveCost looks unfilled; trends of this source use BilledCost and say so."
        yield Finding("effective-unfilled", 1, 0, message)


def _looks_unfilled(connection: Any) -> bool:
    """Whether under half of what is billed is effective: of all, and of what no commitment covers.

    So one row of a commitment does not hide the others, nor a few rows beside one speak for all.
    """
    sums = connection.execute(
        "SELECT sum(abs(billed)), sum(abs(effective)), "
        "sum(abs(billed)) FILTER (commitment = ''), sum(abs(effective)) FILTER (commitment = '') "
        "FROM landing WHERE category <> 'Purchase'"
    ).fetchone()
    billed, effective, alone, alone_effective = (amount or 0 for amount in sums)
    return bool(effective * 2 < billed and alone_effective * 2 < alone)


def _of_tags(connection: Any, shape: Shape, first_line: int) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT g.fault, count(*), min(r.row) FROM "
        f"(SELECT {shape.first_of(('Tags',))} AS tags, file_row_number AS row FROM raw) r "
        "JOIN tag_texts g ON g.raw = r.tags WHERE g.fault <> '' GROUP BY g.fault ORDER BY g.fault"
    ).fetchall()
    for code, count, row in rows:
        yield Finding(code, count, row + first_line, WARNINGS[code])


def _of_names(connection: Any, shape: Shape) -> Iterator[Finding]:
    cased = {name.casefold(): place for place, name in enumerate(shape.columns.names)}
    for name in _NAMED:
        if (place := cased.get(name.casefold())) is None:
            continue
        told, numeric = connection.execute(
            f"SELECT sum(n), sum(n) FILTER (WHERE regexp_full_match(t, '{NUMBER}')) "
            f"FROM (SELECT nothing(c{place}) AS t, count(*) AS n FROM raw GROUP BY 1) "
            "WHERE t IS NOT NULL"
        ).fetchone()
        if told and (numeric or 0) > told * _NUMERIC:
            message = f"{name}: {WARNINGS['numbers-for-text']}"
            yield Finding("numbers-for-text", int(numeric), 0, message)
    if "regionid" in cased and "regionname" in cased:
        count = connection.execute(
            f"SELECT count(*) FROM (SELECT c{cased['regionid']} FROM raw GROUP BY 1 "
            f"HAVING count(DISTINCT nothing(c{cased['regionname']})) > 1)"
        ).fetchone()[0]
        if count:
            yield Finding("region-names", count, 0, WARNINGS["region-names"])


def _any(conditions: Any) -> str:
    return " OR ".join(f"coalesce({sql}, false)" for sql in conditions)


def _folded(name: str) -> str:
    return listed(value.lower() for value in focus.ALLOWED[name])
