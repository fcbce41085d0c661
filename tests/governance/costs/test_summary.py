"""What was spent: exact, cut as asked, converted as far as rates go, and nobody else's."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.access.kinds import Role
from governance.costs.querysets.summary import Question, Summary, summary
from governance.kernel import money
from tests.factories import access, spend
from tests.factories.spend import FEBRUARY, JANUARY, Company, charged

pytestmark = pytest.mark.django_db
MONTHS = (JANUARY, FEBRUARY)


def asked(user, *group_by: str, **changes) -> Summary:
    question = Question(**({"months": MONTHS, "group_by": group_by, "basis": "billed"} | changes))
    return summary(access.actor(user), question)


def everything(world: Company, *group_by: str, **changes) -> Summary:
    return asked(world.controller, *group_by, **changes)


def totals(found: Summary) -> dict[tuple[str, ...], str]:
    return {line.labels: money.to_text(line.total) for line in found.lines}


@pytest.fixture
def world() -> Company:
    return Company()


@pytest.mark.embedded
def test_sums_are_exact_to_the_last_of_eighteen_digits(world: Company) -> None:
    found = everything(world)
    assert money.to_text(found.total) == "294.620000000000000001"
    assert found.currency == "USD"
    assert not found.is_partial


@pytest.mark.embedded
def test_money_is_cut_by_one_or_two_dimensions(world: Company) -> None:
    assert totals(everything(world, "unit")) == {
        ("Cards",): "200.02",
        ("Lending",): "94.6",
        ("No team",): "0.000000000000000001",
    }
    assert totals(everything(world, "service", "category"))[("GPU machines", "Credit")] == "-5.5"


def test_the_other_basis_is_another_view_and_never_added(world: Company) -> None:
    assert totals(everything(world, "unit", basis="effective"))[("Lending",)] == "84.6"


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"service": "Storage"}, "200.02"),
        ({"unit": "none"}, "0.000000000000000001"),
        ({"kind": "team", "category": "Usage"}, "300.12"),
        ({"reason": "none"}, "294.62"),
        ({"service": "Nothing"}, "0"),
    ],
)
def test_filters_narrow_by_value_or_by_absence(world: Company, filters, total: str) -> None:
    assert money.to_text(everything(world, filters=filters).total) == total


def test_two_months_stand_beside_each_other(world: Company) -> None:
    found = everything(world, "unit", months=(FEBRUARY,), compared=(JANUARY,))
    by_name = {line.labels[0]: line for line in found.lines}
    assert money.to_text(by_name["Lending"].total) == "-5.5"
    assert money.to_text(by_name["Lending"].before) == "100.1"
    assert by_name["Cards"].total == 0


def test_foreign_money_is_read_at_the_rate_of_its_day(world: Company) -> None:
    for day, amount in ((3, "10"), (20, "20")):
        on = JANUARY.replace(day=day)
        charged(world.january, world.one, amount, currency="EUR", day=on)
    spend.rate(JANUARY.replace(day=2), "EUR", "USD", "1.5", world.controller.pk)
    spend.rate(JANUARY.replace(day=20), "EUR", "USD", "2", world.controller.pk)
    found = everything(
        world, "unit", months=(JANUARY,), currency="USD", filters={"unit": str(world.lending.pk)}
    )
    assert money.to_text(found.total) == "155.1"  # 100.1 + 15 + 40


def test_money_without_a_rate_is_listed_and_the_total_says_it_is_partial(world: Company) -> None:
    charged(world.january, world.one, "7", currency="JPY", lines=3)
    found = everything(world, "unit", currency="USD")
    assert found.is_partial
    assert [(u.currency, money.to_text(u.amount), u.rows) for u in found.unconverted] == [
        ("JPY", "7", 3)
    ]
    assert money.to_text(found.total) == "294.620000000000000001"


def test_the_rate_of_a_months_last_day_is_an_option(world: Company) -> None:
    charged(world.january, world.one, "10", currency="EUR")
    spend.rate(JANUARY, "EUR", "USD", "1", world.controller.pk)
    spend.rate(JANUARY.replace(day=31), "EUR", "USD", "3", world.controller.pk)
    plain = {"filters": {"unit": str(world.lending.pk)}, "months": (JANUARY,), "currency": "USD"}
    assert money.to_text(everything(world, **plain).total) == "110.1"
    assert money.to_text(everything(world, **plain, at_month_end=True).total) == "130.1"


def test_unconverted_reading_keeps_every_currency_for_itself(world: Company) -> None:
    charged(world.january, world.one, "10", currency="EUR")
    found = everything(world, converted=False)
    assert {line.currency for line in found.lines} == {"EUR", "USD"}
    assert found.currency == ""


def test_only_published_runs_speak_and_an_earlier_view_can_be_read_again(world: Company) -> None:
    at = dt.datetime(2026, 2, 5, tzinfo=dt.UTC)
    spend.run(JANUARY, world.controller.pk, state="computed", published_at=None)
    old = spend.run(JANUARY, world.controller.pk, state="superseded", published_at=at)
    charged(old, world.one, "1000")
    assert money.to_text(everything(world, months=(JANUARY,)).total) == "300.120000000000000001"
    then = everything(world, months=(JANUARY,), as_of=at + dt.timedelta(hours=1))
    assert money.to_text(then.total) == "1000"
    assert everything(world, months=(JANUARY,), as_of=at - dt.timedelta(hours=1)).lines == ()


def test_a_member_of_one_team_sees_its_money_and_no_total_of_others(world: Company) -> None:
    manager = access.person(Role.MANAGER, team=world.lending)
    for cut in ((), ("unit",), ("service",), ("kind",), ("reason",), ("issuer",)):
        assert money.to_text(asked(manager, *cut).total) == "94.6"
    assert asked(access.person(Role.VALIDATOR, team=world.lending), "unit").lines == ()


def test_what_is_hidden_cannot_be_found_by_subtracting_filters(world: Company) -> None:
    manager = access.person(Role.MANAGER, team=world.lending)
    charged(world.january, world.one, "5", currency="EUR")
    charged(world.january, world.two, "50", currency="JPY")
    without, within = asked(manager, filters={"unit": "none"}), asked(manager, currency="USD")
    others = asked(manager, filters={"unit": str(world.cards.pk)})
    assert (without.lines, others.lines) == ((), ())
    assert [gone.currency for gone in within.unconverted] == ["EUR"]  # not that JPY exists
    assert without.unconverted == others.unconverted == ()


def test_the_queries_are_as_many_for_few_rows_as_for_many(world: Company) -> None:
    charged(world.january, world.one, "10", currency="EUR")

    def count() -> int:
        actor = access.actor(world.controller)
        with CaptureQueriesContext(connection) as seen:
            summary(actor, Question(MONTHS, ("unit", "service"), compared=(JANUARY,)))
        return len(seen)

    few = count()
    for number in range(12):
        owner = spend.target(f"team/x{number}", "team", access.team())
        charged(world.february, owner, "3", currency="GBP", service=f"S{number}")
    assert count() == few <= 8
