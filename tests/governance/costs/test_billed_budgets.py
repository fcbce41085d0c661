"""Budgets of what is billed: a bill counts in its billing month, whole, whatever days it is for."""

import datetime as dt

import pytest

from governance.access.kinds import Role
from governance.costs.models import Budget, Target
from governance.costs.presentation.plans import burn_figure
from governance.costs.querysets.burning import Burning, burning, plan_of, spent
from governance.costs.rules.budgets import crossed
from governance.kernel.money import UNIT
from tests.factories import access, spend
from tests.factories.spend import FEBRUARY, JANUARY

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def person():
    return access.person(Role.MANAGER)


@pytest.fixture
def whole(person) -> Target:
    """A yearly prepayment in January's bill; in February's one day and a late correction."""
    target = spend.target("organisation", "organisation")
    january, february = (spend.run(month, person.pk) for month in (JANUARY, FEBRUARY))
    spend.charged(january, target, "100", effective="0", day=JANUARY)
    spend.charged(january, target, "1100", effective="0", day=dt.date(2026, 12, 31))
    spend.charged(february, target, "500", effective="500", day=dt.date(2026, 1, 5))
    spend.charged(february, target, "1", effective="1", day=dt.date(2026, 2, 28))
    return target


def budget(target: Target, person, start: dt.date, end: dt.date, basis: str = "billed") -> Budget:
    return Budget.objects.create(
        target=target,
        start=start,
        end=end,
        currency="USD",
        basis=basis,
        amount=1000 * UNIT,
        state="approved",
        created_by=person,
    )


def standing(row: Budget) -> Burning:
    return burning([row])[row.pk]


@pytest.mark.embedded
def test_a_prepayment_counts_whole_in_the_month_that_bills_it(whole, person):
    january = budget(whole, person, JANUARY, FEBRUARY)
    february = budget(whole, person, FEBRUARY, MARCH)
    used = budget(whole, person, JANUARY, FEBRUARY, basis="effective")
    stands = burning([january, february, used])
    assert [stands[row.pk].found.spent for row in (january, february, used)] == [
        1200 * UNIT,
        501 * UNIT,
        500 * UNIT,
    ]
    assert spent(january) == 1200 * UNIT
    reached = {one.threshold for one in crossed(plan_of(january), stands[january.pk].found)}
    assert reached == {50, 80, 100}


def test_a_month_without_a_published_bill_has_not_settled(whole, person):
    found = standing(budget(whole, person, JANUARY, dt.date(2026, 5, 1)))
    assert found.through == dt.date(2026, 2, 28)
    assert found.found.elapsed == 31 + 28


def test_the_burn_is_drawn_to_the_end_of_the_last_bill(whole, person):
    row = budget(whole, person, JANUARY, MARCH)
    course = burn_figure(row, standing(row)).series[0]
    assert len(course.x) == 31 + 28
    assert (course.y[0], course.y[-1]) == (1200.0, 1701.0)
