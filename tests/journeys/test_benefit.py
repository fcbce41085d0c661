"""From an experiment's plan to a benefit that counts, and what money tells, in a real browser."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.rules.hints import Hint
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, spend, value
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("costs")]
SIGNS = ("0 calls in 30 days", "Serving cost 410.00 USD in 30 days", "Scale it down or retire it")

Come = Callable[..., Visitor]


@pytest.fixture
def market(transactional_db: None) -> value.Market:
    return value.Market()


def test_an_experiment_becomes_a_benefit_that_finance_signs(market, visitor: Come) -> None:
    today = timezone.localdate().isoformat()
    manager = visitor(looking=True)
    manager.sign_in(market.manager.email)
    manager.open("/costs/experiments/")
    manager.look()
    manager.follow("Register", exact=False)
    manager.look()
    manager.fill(model=str(market.model.pk), name="Holdout", hypothesis="More pay back.")
    manager.fill(measure="Paid back in time", unit="customers", planned_n="4000", baseline="0.1")
    manager.press("Register")
    manager.reads("What the arms gave")
    manager.look()
    manager.fill(**{"n-0": "2000", "successes-0": "200", "n-1": "2010", "successes-1": "260"})
    manager.press("Take down")
    manager.fill(ended_on=today)
    manager.press("Conclude")
    manager.reads("Yes, at the level planned")
    manager.look()
    manager.follow("Claim its benefit")
    manager.look()
    manager.fill(benefit="Fewer defaults", start="2026-01-01", end="2026-02-01", grade="a")
    manager.fill(currency="USD")
    manager.fill(low="1000", point="2000", high="3000", method="Loans times loss.")
    manager.press("Make the claim")
    manager.reads("This claim stands in no total")
    address = manager.page.url.removeprefix(manager.base)
    finance = visitor(looking=True)
    finance.sign_in(market.finance.email)
    finance.open(address)
    finance.look()
    finance.fill(choice="attest", answer="Held to the loan book.", password=access.PASSWORD)
    finance.press("Record")
    expect(finance.page.get_by_role("heading", level=1).locator("..")).to_contain_text("Attested")
    finance.open("/costs/claims/")
    finance.reads("Fewer defaults")
    finance.look()


def test_what_money_tells_is_read_and_answered(market, visitor: Come) -> None:
    target = spend.of_version(market.version)
    kinds = (HintKind.IDLE_ENDPOINT, HintKind.STUCK, HintKind.UNAPPROVED_CALLS)
    found = [
        Hint(
            kind, target.key, f"About {kind.value}", SIGNS, {"USD": 410 * UNIT}, "high", target.key
        )
        for kind in kinds
    ]
    costs.record_hints(actor=system_actor(), hints=found, seen_on=timezone.localdate())
    manager = visitor(looking=True)
    manager.sign_in(market.manager.email)
    for page, title in (("savings", "idle_endpoint"), ("exceptions", "unapproved_calls")):
        manager.open(f"/costs/{page}/")
        manager.reads(f"About {title}")
        manager.look()
    manager.open("/costs/stuck/")
    manager.look()
    manager.follow("About stuck")
    manager.look()
    manager.fill(answer="accepted", reason="It is given a month.")
    manager.press("Record")
    manager.reads("It is given a month.")
