"""Invoices against the bill, one by one."""

import pytest

from governance.costs.rules import invoices
from governance.kernel.money import UNIT

BILLED = {"USD": {"A": 60 * UNIT, "B": 40 * UNIT, "": 0}}


def details(*rows, stated=None, adds=False):
    known = [(currency, name, units * UNIT) for currency, name, units in rows]
    return invoices.detailed(stated or {}, known, adds=adds)


def gaps(stated, billed=BILLED):
    return {(one.currency, one.invoice): one.gap for one in invoices.held(stated, billed)}


def test_invoices_are_held_one_by_one_where_both_name_theirs():
    stated = details(("USD", "A", 60), ("USD", "B", 40))
    assert gaps(stated) == {("USD", "A"): 0, ("USD", "B"): 0}
    assert invoices.reason_needed(invoices.held(stated, BILLED)) == ""
    assert gaps(details(("USD", "A", 50), ("USD", "C", 50))) == {
        ("USD", "A"): -10 * UNIT,
        ("USD", "B"): None,
        ("USD", "C"): 50 * UNIT,
    }


@pytest.mark.parametrize(
    ("stated", "billed"),
    [
        (invoices.typed_in({}, "USD", 100 * UNIT, ""), BILLED),
        (details(("USD", "A", 60), ("USD", "B", 40)), {"USD": {"": 100 * UNIT}}),
        (details(("USD", "", 100)), BILLED),
    ],
)
def test_where_one_side_names_none_the_whole_is_held(stated, billed):
    assert gaps(stated, billed) == {("USD", None): 0}


def test_a_currency_without_money_needs_no_invoice_and_one_with_money_does():
    assert gaps({}, {"EUR": {"": 0}, "USD": {"": 1}}) == {("USD", None): None}
    assert gaps(details(("EUR", "Z", 3)), {}) == {("EUR", None): 3 * UNIT}


def test_a_whole_total_replaces_named_ones_and_they_it():
    whole = invoices.typed_in({}, "USD", 9 * UNIT, "")
    one = invoices.typed_in(whole, "USD", 4 * UNIT, "A")
    two = invoices.typed_in(one, "USD", 5 * UNIT, "B")
    assert invoices.totals(one) == {"USD": 4 * UNIT}
    assert invoices.totals(two) == {"USD": 9 * UNIT}
    assert invoices.typed_in(two, "USD", 9 * UNIT, "") == whole


def test_a_detail_stands_for_all_unless_deliveries_only_add():
    first = details(("USD", "A", 60), ("EUR", "Z", 1))
    assert invoices.totals(details(("USD", "B", 40), stated=first)) == {
        "USD": 40 * UNIT,
        "EUR": UNIT,
    }
    added = details(("USD", "B", 40), stated=first, adds=True)
    assert invoices.totals(added) == {"USD": 100 * UNIT, "EUR": UNIT}


def test_many_differences_are_told_in_short():
    billed = {"USD": {f"I{n}": n * UNIT for n in range(1, 9)}}
    told = invoices.reason_needed(invoices.held(details(("USD", "I1", 1)), billed))
    assert told.endswith("2 more differ: say why it is closed so.")
