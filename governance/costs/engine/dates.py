"""Which comes first in dates with slashes, where the file itself proves it."""

from typing import Any

from governance.costs.engine.shaping import TIMES, Shape

_MONTHS = 12


def proven_order(connection: Any, shape: Shape) -> dict[str, str]:
    """Return ``proposed`` (``dmy``, ``mdy``, or nothing) and the date that is the ``proof``.

    A number above 12 is a day; where both places hold such, nothing is proven.
    """
    cells = ", ".join(f"trim({shape.cell(told)})" for told in TIMES.values())
    first, second, first_text, second_text = connection.execute(
        f"""SELECT max(a), max(b), arg_max(t, a), arg_max(t, b) FROM (
            SELECT t, CAST(split_part(t, '/', 1) AS INTEGER) AS a,
                   CAST(split_part(t, '/', 2) AS INTEGER) AS b
            FROM (SELECT unnest([{cells}]) AS t FROM raw) WHERE coalesce(is_slashed(t), false))"""
    ).fetchone()
    if first > _MONTHS >= second:
        return {"proposed": "dmy", "proof": first_text}
    if second > _MONTHS >= first:
        return {"proposed": "mdy", "proof": second_text}
    return {"proposed": "", "proof": ""}
