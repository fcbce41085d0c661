"""When a delivered bill waits for a person before it counts."""

import pytest

from governance.access.models import User
from governance.costs.kinds import BatchState
from governance.costs.rules.importing import Movement, Outcome, reasons_to_hold
from governance.kernel.money import UNIT
from tests.factories import access
from tests.factories import costs as bills

GOOD = [{"ResourceId": f"r-{n}"} for n in range(300)]


@pytest.fixture
def sender() -> User:
    return access.person("manager")


def moved(before: int, after: int) -> list[str]:
    movement = Movement("Cloud 2026-01", "USD", before * UNIT, after * UNIT)
    return reasons_to_hold(Outcome(1, 1, 0, 0, 0, [movement]))


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (100, 60, "40.00"),
        (100, 0, "100.00"),
        (100, -100, "200.00"),
        (-100, -60, "-40.00"),
        (-100, 50, "-150.00"),
    ],
)
def test_two_fifths_of_a_months_money_or_more_wait(before: int, after: int, gone: str) -> None:
    assert moved(before, after) == [
        f"This removes {gone} USD from Cloud 2026-01. Confirm with a reason."
    ]


@pytest.mark.parametrize(("before", "after"), [(100, 61), (100, 500), (-100, -61), (0, -5), (0, 5)])
def test_less_does_not_wait(before: int, after: int) -> None:
    assert moved(before, after) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.embedded
@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        (("5000", "-5000"), BatchState.HELD),
        (("-10.01",), BatchState.HELD),
        (("6", "6"), BatchState.ACCEPTED),
        (("10", "n/a"), BatchState.ACCEPTED),
    ],
)
def test_one_refused_row_above_the_floor_holds_the_bill_whatever_the_others_are(
    sender: User, amounts: tuple[str, ...], state: BatchState
) -> None:
    broken = [{"BilledCost": amount, "ChargeCategory": ""} for amount in amounts]
    source = bills.source(sender, floor=10 * UNIT)
    batch = bills.imported(sender, source, bills.focus_csv(*GOOD, *broken))
    assert (batch.state, batch.rows_rejected) == (state, len(amounts))
    assert ("above the source's floor" in batch.reason) == (state == BatchState.HELD)
