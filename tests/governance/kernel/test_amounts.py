"""Amounts in the database: exact on PostgreSQL and on SQLite, which has no such type."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.costs.models import FxRate
from governance.kernel import money
from governance.kernel.amounts import ExactSum, Size
from tests.factories import access
from tests.factories.costs import JANUARY

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]
SMALL = st.integers(-(10**35), 10**35)


@pytest.fixture
def person():
    return access.person("manager")


def keep(person, *amounts):
    FxRate.objects.all().delete()
    FxRate.objects.bulk_create(
        FxRate(
            day=JANUARY,
            base="EUR",
            target="USD",
            rate=amount,
            origin="test",
            recorded_by_id=person.pk,
        )
        for amount in amounts
    )
    return FxRate.objects.all()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SMALL, min_size=1, max_size=6))
def test_amounts_and_their_sum_come_back_to_the_last_unit(person, amounts):
    rows = keep(person, *amounts)
    assert sorted(rows.values_list("rate", flat=True)) == sorted(amounts)
    assert rows.aggregate(total=ExactSum("rate"))["total"] == sum(amounts)


@pytest.mark.parametrize("amount", [money.MOST, -money.MOST, 1, 0])
def test_the_largest_and_the_smallest_amounts_are_kept(person, amount):
    rows = keep(person, amount)
    assert rows.get().rate == amount
    assert rows.filter(rate=amount).exists()


def test_a_sum_over_nothing_is_none(person):
    assert keep(person).aggregate(total=ExactSum("rate"))["total"] is None


def test_sums_are_grouped_as_other_sums_are(person):
    rows = keep(person, 1, 2, 10**30)
    found = rows.order_by().values("base").annotate(total=ExactSum("rate"))
    assert [row["total"] for row in found] == [10**30 + 3]


def test_amounts_are_ordered_by_size_not_by_their_text(person):
    amounts = [9 * money.UNIT, 10 * money.UNIT, -money.UNIT]
    found = keep(person, *amounts).order_by(Size("rate")).values_list("rate", flat=True)
    assert list(found) == sorted(amounts)
