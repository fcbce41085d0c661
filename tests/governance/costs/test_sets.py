"""Amounts change between decimals and whole units in sets, digit by digit."""

from pathlib import Path

import pytest

from governance.costs.engine.sets import decimal, digits, open_sets, units
from governance.kernel import money
from governance.kernel.money import MOST, UNIT

AMOUNTS = [0, 1, -1, UNIT, -UNIT, UNIT // 2, -UNIT // 2, 35_200_000_000, MOST, -MOST]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_units_and_decimals_are_the_same_amount(amount: int, tmp_path: Path) -> None:
    db = open_sets(tmp_path)
    told = f"CAST('{money.to_decimal(amount):f}' AS DECIMAL(38,18))"
    whole = f"CAST('{amount}' AS HUGEINT)"
    asked = f"SELECT {digits(told)}, {units(told)}, {decimal(whole)} = {told}"
    text, found, same = db.execute(asked).fetchone()
    assert (int(text), found, same) == (amount, amount, True)
    assert db.execute(f"SELECT typeof({decimal(whole)})").fetchone() == ("DECIMAL(38,18)",)
    db.close()


def test_what_is_not_there_stays_so(tmp_path: Path) -> None:
    db = open_sets(tmp_path)
    nothing = "CAST(NULL AS DECIMAL(38,18))"
    assert db.execute(f"SELECT {units(nothing)}, {digits(nothing)}").fetchone() == (None, None)
    db.close()
