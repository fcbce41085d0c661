"""Money's doors in a browser: rules written by one person and put in force by another, a month
closed, usage sent, and every such page without a barrier.
"""

from collections.abc import Callable

import pytest

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs.models import BillingPeriod, RuleSet, Target, UsageMetric
from governance.kernel.actor import system_actor
from tests.factories import access, catalog
from tests.factories.access import PASSWORD
from tests.governance.costs.test_periods import month_of
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cost-doors")]

Come = Callable[..., Visitor]


@pytest.fixture
def people(transactional_db: None) -> tuple[User, User]:
    purse = access.person(Role.MANAGER, Role.DEVELOPER, name="Mira Anders")
    return purse, access.person(Role.FINANCE_ATTESTER, name="Finn Ostrow")


@pytest.fixture
def period(people: tuple[User, User]) -> BillingPeriod:
    catalog.version()
    costs.ensure_targets(actor=system_actor())
    return month_of(access.actor(people[0]))


def test_two_people_put_rules_in_force_without_scripts(people, period, visitor: Come) -> None:
    author = visitor(scripts=False)
    author.sign_in(people[0].email)
    author.open("/costs/rules/new/")
    author.fill(effective_from="2026-02-01", note="Endpoints go to whoever runs them.")
    row = {"name": "All else", "priority": "90", "targets": "organisation"}
    author.fill(**{f"rule-0-{name}": value for name, value in row.items()})
    author.press("Save the draft")
    author.reads("The dry run of January 2026 is under way.")
    author.follow("The rules")
    author.reads("Every line that is left goes to organisation.")
    author.press("Submit for approval")
    author.reads("waits for somebody else")
    other = visitor(scripts=False)
    other.sign_in(people[1].email)
    drawn = RuleSet.objects.get(state="submitted")
    other.open(f"/costs/rules/{drawn.pk}/")
    other.page.locator("#sign [name=password]").fill(PASSWORD)
    other.page.locator("#sign button[type=submit]").click()
    other.reads("is in force from 2026-02-01 on")


def test_pages_of_rules_targets_usage_and_periods_have_no_barriers(
    people, period, visitor: Come
) -> None:
    purse = visitor(looking=True)
    purse.sign_in(people[0].email)
    model = Target.objects.filter(kind="version").first()
    rows = [{"version": str(model.version_id), "day": "2026-01-15", "unit": "predictions"}]
    costs.record_usage(
        actor=access.actor(people[0]), rows=[{**rows[0], "quantity": "12500", "origin": "gateway"}]
    )
    draft = costs.draft_ruleset(
        actor=access.actor(people[0]), effective_from=period.start, raws=_rules(model)
    )
    for path in (
        "/costs/targets/",
        "/costs/targets/new/",
        f"/costs/targets/{model.pk}/",
        f"/costs/targets/{model.pk}/retire/",
        "/costs/usage/",
        "/costs/usage/upload/",
        "/costs/rules/",
        "/costs/rules/new/",
        "/costs/rules/new/?as=text",
        f"/costs/rules/{draft.pk}/",
        f"/costs/rules/{draft.pk}/edit/",
        "/costs/periods/",
        f"/costs/periods/{period.pk}/",
    ):
        purse.open(path)
        purse.look()
    assert UsageMetric.objects.count() == 1


def test_a_month_is_closed_and_opened_again_in_the_browser(people, period, visitor: Come) -> None:
    one, two = visitor(looking=True), visitor(looking=True)
    one.sign_in(people[0].email)
    one.open(f"/costs/periods/{period.pk}/")
    one.fill(total="100.00", currency="USD")
    one.press("Record the total")
    one.reads("less than the bill")
    one.fill(reason="One unit of rounding.")
    one.press("Close for good")
    one.reads("Snapshot")
    one.fill(reason="A credit came late.", evidence="The issuer's mail of 3 May.")
    one.press("Ask for it")
    one.reads("Reopening asked")
    one.look()
    two.sign_in(people[1].email)
    two.open(f"/costs/periods/{period.pk}/")
    two.look()
    two.fill(password=PASSWORD)
    two.press("Grant it")
    two.reads("Opened again")


def _rules(version: Target) -> list[dict[str, object]]:
    first = {
        "priority": 10,
        "phase": "direct",
        "name": "Scoring endpoints",
        "matcher": {"field": "service", "is": "Endpoints"},
        "method": "fixed",
        "targets": [
            {"target": version.key, "weight": "66.6"},
            {"target": "organisation", "weight": "33.4"},
        ],
    }
    rest = {"matcher": {"all": []}, "method": "proportional_cost", "targets": []}
    return [first, {**rest, "priority": 20, "phase": "overhead", "name": "Everything else"}]
