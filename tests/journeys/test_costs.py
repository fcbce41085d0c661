"""A manager follows money: from the cockpit to a group, into it, to the bill's line, and back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.factories import catalog, spend
from tests.factories.spend import Company, charged
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("costs")]

Come = Callable[..., Visitor]


@pytest.fixture
def company(transactional_db: None) -> Company:
    """Two teams over two months, and a model of one of them with a charge down to its line."""
    made = Company()
    version = catalog.version(catalog.model(made.lending, name="Loan approval"))
    serve = spend.of_version(version)
    for run, amount in ((made.january, "410"), (made.february, "380")):
        charged(run, serve, amount)
    spend.charge(made.february, serve, "380", made.controller.pk)
    return made


def test_a_figure_is_followed_from_the_cockpit_to_the_bills_line(company, visitor: Come) -> None:
    manager = visitor(looking=True)
    manager.sign_in(company.controller.email)
    manager.follow("Costs")
    manager.reads("Spent in February")
    manager.look()
    manager.follow("Explore")
    manager.reads("Effective cost by team")
    manager.look()
    manager.follow("Lending")
    expect(manager.page).to_have_url(re.compile(f"unit={company.lending.pk}.*group=project"))
    manager.follow("Charges of Consumer credit", exact=False)
    manager.reads("Each charge is what one rule gave one target")
    manager.look()
    manager.follow("Loan approval v1, serve", exact=False)
    manager.reads("The way it took")
    manager.reads("bill.csv")
    manager.look()


def test_filters_live_in_the_address_and_back_undoes_them(company, visitor: Come) -> None:
    manager = visitor()
    manager.sign_in(company.controller.email)
    manager.open("/costs/explorer/")
    manager.fill(group="model", start="2026-01", end="2026-02")
    manager.press("Show")
    expect(manager.page).to_have_url(re.compile("group=model&.*start=2026-01&end=2026-02"))
    manager.reads("Effective cost by month and model")
    table = manager.page.get_by_role("region", name="Costs by model")
    expect(table).to_contain_text("790.00")
    manager.fill(unit=str(company.cards.pk))
    manager.press("Show")
    expect(manager.page.get_by_role("region", name="Costs by model")).not_to_contain_text("790.00")
    manager.page.go_back()
    expect(manager.page.get_by_role("region", name="Costs by model")).to_contain_text("790.00")
    sent_on = visitor()
    sent_on.sign_in(company.controller.email)
    sent_on.open(manager.page.url.removeprefix(manager.base))
    expect(sent_on.page.get_by_role("region", name="Costs by model")).to_contain_text("790.00")


def test_the_explorer_works_by_keys_alone(company, visitor: Come) -> None:
    manager = visitor()
    manager.sign_in(company.controller.email)
    page = manager.page
    manager.open("/costs/explorer/")
    page.get_by_label("Group by").focus()
    page.keyboard.type("Service")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("group=service"))
    page.get_by_text("Numbers of this figure").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Numbers: Effective cost by service")).to_be_visible()
    page.get_by_role("link", name="Total", exact=False).first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=total"))


def test_without_scripts_the_numbers_are_all_there(company, visitor: Come) -> None:
    manager = visitor(scripts=False)
    manager.sign_in(company.controller.email)
    manager.open("/costs/explorer/?group=model&start=2026-01")
    manager.page.get_by_text("Numbers of this figure").click()
    expect(manager.page.get_by_role("region", name="Numbers")).to_contain_text("Loan approval")
    manager.open("/costs/reconciliation/")
    manager.reads("No bill is accepted yet")


def test_a_models_costs_are_a_tab_of_its_page(company, visitor: Come) -> None:
    manager = visitor(looking=True)
    manager.sign_in(company.controller.email)
    model = spend.Target.objects.get(phase="serve").model
    manager.open(f"/models/{model.pk}/")
    manager.page.get_by_role("navigation", name="Model").get_by_role("link", name="Costs").click()
    manager.reads("Effective cost by phase")
    expect(manager.page.locator("[data-figure] svg").first).to_be_visible()
    manager.look()
    manager.open(f"/costs/models/{model.pk}/")
    manager.look()
