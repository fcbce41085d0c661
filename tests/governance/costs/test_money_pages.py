"""Pages of money: they add up in print, link down, and show nobody what is not theirs."""

import csv
import datetime as dt
import io
import re

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs.models import (
    AllocationRun,
    Budget,
    ChargeDay,
    CostHint,
    ForecastRun,
    Target,
)
from governance.costs.presentation import tables
from governance.costs.presentation.cockpit import stats
from governance.costs.querysets.cockpit import cockpit
from governance.costs.querysets.summary import Question, summary
from governance.kernel import money
from tests.factories import access, spend
from tests.factories.spend import Company, charged

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def page(user, name: str, *args, **query: str) -> str:
    answer = access.signed_in(Client(), user).get(reverse(name, args=args), query)
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_before_anything_is_published_pages_say_what_to_do_first() -> None:
    manager = access.person(Role.MANAGER)
    for name in ("costs:overview", "costs:explorer"):
        assert "No costs are published yet" in page(manager, name)
    assert "No charge is like this" in page(manager, "costs:charge-list")


def test_the_cockpit_shows_the_latest_month_and_links_to_what_it_is_made_of(company) -> None:
    shown = page(company.controller, "costs:overview")
    assert "Spent in February" in shown
    assert "start=2026-02&amp;end=2026-02&amp;compare=before" in shown
    assert "Unallocated" in shown


def unallocated(company) -> tuple[str, str]:
    found = cockpit(access.actor(company.controller), spend.FEBRUARY, spend.JANUARY)
    return next((one.value, one.note) for one in stats(found) if one.label == "Unallocated")


def test_what_is_unallocated_is_a_part_of_the_whole_in_the_currency_of_the_whole(company) -> None:
    lost = {"currency": "JPY", "reason": "no_rule"}
    charged(company.february, company.one, "105.5")
    charged(company.february, company.nobody, "15000", **lost)
    assert unallocated(company) == (
        "0.00 USD",
        "effective cost, and 15,000 JPY not converted",
    )
    spend.rate(spend.FEBRUARY, "JPY", "USD", "0.01", company.controller.pk)
    assert unallocated(company) == ("150.00 USD", "effective cost, 60.0% of all")


def test_a_month_without_a_run_is_named_and_not_taken_for_nothing_spent(company) -> None:
    shown = page(company.controller, "costs:explorer", start="2026-01", compare="year")
    assert "Nothing is published for January 2025" in shown


def test_a_member_of_one_team_gets_no_company_figure_on_the_cockpit(company) -> None:
    shown = page(access.person(Role.MANAGER, team=company.lending), "costs:overview")
    assert "Unallocated" not in shown
    assert "Cards" not in shown


def budgeted(company: Company, target: Target, amount: str) -> None:
    today = timezone.localdate()
    Budget.objects.create(
        target=target,
        start=today.replace(month=1, day=1),
        end=today + dt.timedelta(days=40),
        currency="USD",
        basis="billed",
        amount=money.from_text(amount)[0],
        state="approved",
        created_by_id=company.controller.pk,
    )


@pytest.mark.embedded
def test_a_managers_home_and_cockpit_show_spend_against_budget(company) -> None:
    ChargeDay.objects.update(day=timezone.localdate())
    budgeted(company, company.one, "1000")
    budgeted(company, company.two, "500")
    for name in ("portal:home", "costs:overview"):
        shown = page(access.person(Role.MANAGER, team=company.lending), name)
        assert "Spend against budget" in shown
        assert "94.60 USD" in shown
        assert "1,000.00 USD" in shown
        assert "500.00" not in shown
    assert "Spend against budget" not in page(access.person(Role.VALIDATOR), "portal:home")


def test_a_managers_home_shows_forecasts_savings_and_stuck_work_of_their_own(company) -> None:
    for target, name in ((company.one, "Ours"), (company.two, "Theirs")):
        ForecastRun.objects.create(
            target=target,
            currency="USD",
            cutoff=spend.FEBRUARY,
            horizon=30,
            method="28-day mean",
            point=money.UNIT,
            data_digest="0" * 64,
        )
        for kind in ("oversized", "stuck"):
            CostHint.objects.create(
                kind=kind, subject=target.key, title=f"{name}, {kind}", target=target
            )
    shown = page(access.person(Role.MANAGER, team=company.lending), "portal:home")
    for words in ("Ours, oversized", "Ours, stuck", "Lending</a>, 30 days, effective"):
        assert words in shown
    assert "Theirs" not in shown
    assert "Largest savings" not in page(access.person(Role.VALIDATOR), "portal:home")


@pytest.mark.embedded
def test_the_explorer_opens_a_group_and_its_charges_by_address(company) -> None:
    shown = page(company.controller, "costs:explorer", start="2026-01", end="2026-02")
    key = company.lending.pk
    assert f"unit={key}&amp;group=project" in shown
    assert f"{reverse('costs:charge-list')}?start=2026-01&amp;end=2026-02&amp;unit={key}" in shown
    assert "Jan 2026" in shown


def test_printed_rows_add_up_to_the_printed_total(company) -> None:
    thirds = ("0.333333333333333333", "0.333333333333333333", "0.333333333333333334")
    for place, part in enumerate(thirds):
        charged(company.february, company.two, part, service=f"Third {place}")
    shown = page(
        company.controller,
        "costs:explorer",
        start="2026-02",
        group="service",
        basis="billed",
        unit=str(company.cards.pk),
    )
    body = shown.partition("<tbody>")[2]
    printed = [money.from_text(text)[0] for text in re.findall(r"<b>(-?[\d.]+)</b>", body)]
    assert printed[-1] == sum(printed[:-1]) == money.UNIT
    assert sorted(printed[:3]) == [33 * 10**16, 33 * 10**16, 34 * 10**16]


def test_a_month_without_a_run_has_no_figure_and_no_point_in_the_chart(company) -> None:
    months = (dt.date(2025, 12, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    found = summary(access.actor(company.controller), Question(months, ("unit",)))
    table = tables.table(found, QueryDict(), "-total")
    assert {row.cells[0] for row in (*table.rows, table.foot)} == {""}
    assert all(cell for row in table.rows for cell in row.cells[1:])
    figure = tables.figure(found)
    assert {series.x for series in figure.series} == {(1.0, 2.0)}


def test_the_explorer_cuts_by_two_dimensions_and_each_row_leads_into_both(company) -> None:
    asked = {"start": "2026-02", "group": "service", "split": "unit"}
    shown = page(company.controller, "costs:explorer", **asked)
    table = shown.partition('aria-label="Costs by service and team"')[2].partition("<tbody>")[2]
    lending = next(row for row in table.split("</tr>") if "<td>Lending</td>" in row)
    assert f"service=GPU+machines&amp;unit={company.lending.pk}" in lending
    assert "group=project" in lending
    assert "split=" not in lending
    rows = rows_of(page(company.controller, "costs:explorer", format="csv", **asked))
    assert {"Service", "Team"} <= set(rows[0])


def test_the_explorer_reads_what_was_published_then(company) -> None:
    AllocationRun.objects.update(published_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    asked = {"start": "2026-02"}
    before = page(company.controller, "costs:explorer", as_of="2026-02-27", **asked)
    assert "No money is like this" in before
    after = page(company.controller, "costs:explorer", as_of="2026-03-01", **asked)
    assert "as it stood" in after
    assert "Lending" in after
    assert "This names no moment" in page(company.controller, "costs:explorer", as_of="x", **asked)


def test_two_cuts_by_the_same_are_one(company) -> None:
    shown = page(company.controller, "costs:explorer", group="unit", split="unit")
    assert "Effective cost by team<" in shown


def test_money_is_offered_in_the_currency_of_most_bills(company) -> None:
    for name in ("costs:budget-create", "costs:forecast-create", "costs:entry-create"):
        assert '<option value="USD" selected>' in page(company.controller, name)


def test_the_csv_holds_exact_amounts(company) -> None:
    found = rows_of(page(company.controller, "costs:explorer", format="csv", start="2026-01"))
    by_team = {row["Team"]: row for row in found}
    assert by_team["No team"]["Total"] == "0.000000000000000001"
    assert by_team["Lending"]["Total"] == "84.6"
    assert by_team["Lending"]["Basis"] == "effective"


def test_a_month_that_no_run_speaks_for_is_empty_in_the_file_and_not_0(company) -> None:
    march = spend.run(dt.date(2026, 3, 1), company.controller.pk)
    charged(march, company.one, "3")
    AllocationRun.objects.filter(month=spend.FEBRUARY).update(state="superseded")
    asked = {"start": "2026-01", "end": "2026-03", "format": "csv"}
    for row in rows_of(page(company.controller, "costs:explorer", **asked)):
        assert row["2026-02"] == ""
        assert "" not in {row["2026-01"], row["2026-03"]}


def test_a_setting_that_is_no_choice_falls_back_and_does_not_break(company) -> None:
    wrong = {"group": "person", "start": "2026-13", "basis": "list", "currency": "XX", "unit": "1"}
    assert "Lending" in page(company.controller, "costs:explorer", **wrong)


def test_nobody_learns_the_name_of_what_is_hidden_by_filtering_for_it(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    for key in (company.cards.pk, company.two.pk):
        name = "unit" if key == company.cards.pk else "target"
        shown = page(manager, "costs:explorer", **{name: str(key)})
        assert "Cards" not in shown
        assert "No money is like this" in shown


def test_a_month_published_anew_says_so_and_leads_to_what_moved(company) -> None:
    assert "Restated" not in page(company.controller, "costs:overview")
    former, month = company.january, company.january.month
    AllocationRun.objects.filter(pk=former.pk).update(state="superseded")
    anew = spend.run(month, company.controller.pk, supersedes=former)
    charged(anew, company.one, "70")
    link = reverse("costs:run-diff", args=[anew.pk])
    for name, query in (("costs:overview", {}), ("costs:explorer", {"start": "2026-01"})):
        shown = page(company.controller, name, **query)
        assert "Restated since first published: January 2026" in shown
        assert link in shown
        own = page(access.person(Role.MANAGER, team=company.lending), name, **query)
        assert "Restated since first published: January 2026" in own
        assert link not in own
    february = page(company.controller, "costs:explorer", start="2026-02", end="2026-02")
    assert "Restated" not in february


def test_foreign_money_says_at_which_rates_it_was_read(company) -> None:
    assert "at the rate of" not in page(company.controller, "costs:explorer", start="2026-02")
    charged(company.february, company.one, "10", currency="EUR")
    spend.rate(spend.FEBRUARY, "EUR", "USD", "2", company.controller.pk)
    query = {"start": "2026-02", "end": "2026-02"}
    shown = page(company.controller, "costs:explorer", **query, currency="USD")
    assert "EUR is read in USD at the rate of the day of each charge" in shown
    query |= {"rates": "month_end", "currency": "USD"}
    shown = page(company.controller, "costs:explorer", **query)
    assert "at the rate of the last day of its month" in shown
