"""What is odd about a bill and taken all the same: each is told with its count and first line."""

import tempfile
from pathlib import Path

import pytest

from governance.costs.engine.reading import Reading, read_bill
from governance.costs.engine.shaping import Terms
from governance.kernel.money import UNIT
from tests.factories.costs import focus_csv

LISTED = {"ListUnitPrice": "2", "PricingQuantity": "3"}
COVERED = {"CommitmentDiscountId": "c", "BilledCost": "0", "EffectiveCost": "5"}


def read(content: bytes, **terms: bool) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bill.csv"
        path.write_bytes(content)
        return read_bill(path, Path(folder), Terms(source="s", **terms))


def found(*rows: dict[str, str], **terms: bool) -> dict[str, tuple[int, int]]:
    """Count and first line by code; what is said of the header alone is left out."""
    told = read(focus_csv(*rows), **terms).findings
    return {one.code: (one.count, one.first_line) for one in told if one.code != "column-missing"}


@pytest.mark.parametrize(
    ("code", "odd", "usual"),
    [
        ("plus-in-exponent", {"BilledCost": "1E+2"}, {"BilledCost": "1E2"}),
        ("unreadable-optional", {"ListCost": "abc"}, {"ListCost": "NULL"}),
        ("unknown-value", {"ChargeCategory": "Fee"}, {"ChargeCategory": "Tax"}),
        ("unknown-value", {"ChargeFrequency": "Often"}, {"ChargeFrequency": "usage-based"}),
        ("unknown-value", {"ServiceCategory": "Quantum"}, {"ServiceCategory": "compute"}),
        ("list-mismatch", {**LISTED, "ListCost": "6.00011"}, {**LISTED, "ListCost": "6.00009"}),
        (
            "credit-differs",
            {"ChargeCategory": "Credit", "BilledCost": "-1", "EffectiveCost": "-2"},
            {"ChargeCategory": "Credit", "BilledCost": "-1", "EffectiveCost": "-1"},
        ),
    ],
)
def test_an_odd_row_is_told_where_it_stands(
    code: str, odd: dict[str, str], usual: dict[str, str]
) -> None:
    assert found(usual, odd)[code] == (1, 3)
    assert code not in found(usual, usual)


def test_a_column_that_is_shifted_holds_numbers_for_names() -> None:
    zones = [{"AvailabilityZone": str(number)} for number in range(19)]
    assert found(*zones, {"AvailabilityZone": "eu-1a"})["numbers-for-text"] == (19, 0)
    few = [{"AvailabilityZone": "eu-1a"}] * 2
    assert "numbers-for-text" not in found(*zones[:18], *few)


def test_one_region_with_two_names_is_told() -> None:
    here = {"RegionId": "eu-1", "RegionName": "Frankfurt"}
    assert found(here, {**here, "RegionName": "Frankfurt (DE)"})["region-names"] == (1, 0)
    assert "region-names" not in found(here, {**here, "RegionName": ""})


def test_what_a_missing_column_costs_and_which_of_two_is_read_is_said() -> None:
    told = {one.code: one for one in read(focus_csv({"ListCost": "1", "listcost ": "2"})).findings}
    missing = [one.message for one in read(focus_csv({})).findings if one.code == "column-missing"]
    assert "There is no InvoiceId: its rows cannot be tied to an invoice." in missing
    assert not any("ResourceId" in message for message in missing)
    assert (told["columns-twice"].count, told["columns-twice"].message) == (
        1,
        "Named more than once, the first one is read: ListCost.",
    )


def test_own_words_for_services_are_no_oddity_in_what_is_entered_by_hand() -> None:
    assert "unknown-value" not in found({"ServiceCategory": "Entered by hand"}, by_hand=True)


def test_a_category_in_another_spelling_is_read_as_the_usual_one() -> None:
    reading = read(focus_csv({"ServiceCategory": " ai AND machine learning"}))
    assert reading.totals[0].billed == UNIT
    assert "other-spelling" in {one.code for one in reading.findings}


EMPTY = {"BilledCost": "100", "EffectiveCost": "0"}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([EMPTY, EMPTY], True),
        ([*[EMPTY] * 50, {"CommitmentDiscountId": "c"}], True),
        ([EMPTY, *[COVERED] * 20], False),
        ([{**EMPTY, "CommitmentDiscountId": "c"}], False),
        ([{**EMPTY, "ChargeCategory": "Purchase"}], False),
        ([{"BilledCost": "100", "EffectiveCost": "50"}], False),
        ([{"BilledCost": "100", "EffectiveCost": "49"}], True),
    ],
)
def test_effective_cost_that_nobody_filled_is_told_by_the_money_without_a_commitment(
    rows: list[dict[str, str]],
    told: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert ("effective-unfilled" in found(*rows)) == told
