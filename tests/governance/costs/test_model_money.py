"""A model's own page of money: phases, what each use cost, cost in full, and who may read it."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs.models import BenefitClaim, Budget, ForecastRun, UsageMetric
from governance.costs.querysets.model_money import model_money, window
from governance.kernel import money
from inventory.catalog.models import ModelVersion
from tests.factories import access, catalog, spend
from tests.factories.spend import FEBRUARY, Company, charged

pytestmark = pytest.mark.django_db


class Priced:
    """A version that was trained in January and served in February."""

    def __init__(self) -> None:
        self.company = Company()
        self.version = catalog.version(catalog.model(self.company.lending))
        self.model = self.version.model
        serve = spend.of_version(self.version, "serve")
        charged(self.company.january, spend.of_version(self.version, "train"), "730")
        charged(self.company.february, serve, "40")
        charged(self.company.february, serve, "10", rule_phase="shared", service="Network")
        charged(self.company.february, serve, "3", rule_phase="idle", service="Storage")
        self.predicted(FEBRUARY, 25_000)

    def predicted(self, day: dt.date, quantity: int) -> None:
        UsageMetric.objects.create(
            version=self.version,
            day=day,
            unit="predictions",
            origin="gateway",
            quantity=quantity * money.UNIT,
            recorded_by_id=self.company.controller.pk,
        )

    def claim(self, **about: object) -> BenefitClaim:
        return BenefitClaim.objects.create(
            number=1,
            benefit="Less fraud",
            start=FEBRUARY,
            end=dt.date(2026, 3, 1),
            method="Declared",
            currency="USD",
            low=50 * money.UNIT,
            point=90 * money.UNIT,
            high=150 * money.UNIT,
            grade="c",
            created_by_id=self.company.controller.pk,
            **about,
        )

    def page(self, user, **headers: str) -> str:
        url = reverse("costs:model-detail", args=[self.model.pk])
        answer = access.signed_in(Client(), user).get(url, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture
def priced() -> Priced:
    return Priced()


@pytest.mark.embedded
def test_a_thousand_predictions_cost_what_serving_cost_direct_and_shared(priced) -> None:
    found = model_money(access.actor(priced.company.controller), priced.model, window(FEBRUARY))
    by_month = {one.month: one.cost for one in found.units}
    assert money.to_text(by_month[FEBRUARY].units) == "2"  # (40 + 10) for 25 thousand, idle aside
    assert by_month[spend.JANUARY].units is None
    assert by_month[spend.JANUARY].reason == "no predictions are recorded"


def test_the_page_shows_phases_each_linked_to_its_charges(priced) -> None:
    shown = priced.page(priced.company.controller)
    assert "Train" in shown
    assert "730.00" in shown
    assert f"model={priced.model.pk}&amp;phase=serve" in shown
    assert "no predictions are recorded" in shown


def test_benefit_counts_when_attested_and_stands_apart_until_then(priced) -> None:
    claim = priced.claim(model=priced.model, team=priced.model.team)
    shown = priced.page(priced.company.controller)
    assert "Claimed, not attested" in shown
    assert "nothing is attested" in shown
    claim.state = "attested"
    claim.save()
    shown = priced.page(priced.company.controller)
    assert "C: declared" in shown
    assert "90.00 USD [50.00, 150.00]" in shown


def test_what_is_claimed_for_the_whole_use_case_is_shown_and_not_returned(priced) -> None:
    catalog.model(priced.model.team, use_case=priced.model.use_case)
    use_case = priced.model.use_case
    priced.claim(use_case=use_case, team=use_case.team, state="attested")
    shown = priced.page(priced.company.controller)
    assert "Claimed for the whole use case" in shown
    assert "90.00 USD [50.00, 150.00]" in shown
    assert "no benefit is attested" in shown
    assert f"{reverse('costs:claim-list')}?use_case={priced.model.use_case_id}" in shown


def test_with_htmx_it_is_a_part_for_the_models_own_page(priced) -> None:
    part = priced.page(priced.company.controller, HX_Request="true")
    assert "<html" not in part
    client = access.signed_in(Client(), priced.company.controller)
    tab = client.get(reverse("catalog:model-costs", args=[priced.model.pk])).content.decode()
    assert reverse("costs:model-detail", args=[priced.model.pk]) in tab
    assert "figures.js" in tab


def test_who_may_see_a_model_but_no_costs_gets_no_tab_and_no_page(priced) -> None:
    validator = access.person(Role.VALIDATOR, team=priced.company.lending)
    client = access.signed_in(Client(), validator)
    assert "Costs" not in client.get(f"/models/{priced.model.pk}/").content.decode()
    assert client.get(reverse("costs:model-detail", args=[priced.model.pk])).status_code == 403
    other = access.signed_in(Client(), access.person(Role.MANAGER, team=priced.company.cards))
    assert other.get(reverse("costs:model-detail", args=[priced.model.pk])).status_code == 404


def test_a_model_without_money_and_a_house_without_runs_say_so(priced) -> None:
    empty = catalog.model(priced.company.lending)
    client = access.signed_in(Client(), priced.company.controller)
    url = reverse("costs:model-detail", args=[empty.pk])
    assert "Nothing was charged to this model" in client.get(url).content.decode()
    priced.company.january.days.all().delete()
    type(priced.company.january).objects.update(state="superseded")
    assert "No costs are published yet" in client.get(url).content.decode()


def test_the_queries_do_not_grow_with_versions(priced) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            priced.page(priced.company.controller)
        return len(seen)

    few = count()
    for _ in range(3):
        version: ModelVersion = catalog.version(priced.model)
        charged(priced.company.february, spend.of_version(version), "5")
    assert count() == few


def planned(priced) -> None:
    """A budget and a forecast of the model, and a budget of somebody else's."""
    today, by = timezone.localdate(), priced.company.controller
    own = spend.target(
        priced.model.public_id, "model", priced.company.lending, model=priced.model, name="Own"
    )
    for target, amount in ((own, 400), (priced.company.two, 777)):
        Budget.objects.create(
            target=target,
            start=today - dt.timedelta(days=10),
            end=today + dt.timedelta(days=10),
            currency="USD",
            basis="effective",
            amount=amount * money.UNIT,
            state="approved",
            created_by=by,
        )
        ForecastRun.objects.create(
            target=target,
            currency="USD",
            cutoff=FEBRUARY,
            horizon=30,
            method="28-day mean",
            point=amount * 2 * money.UNIT,
            wape=0.25,
            data_digest="0" * 64,
        )


def test_the_page_shows_what_is_planned_and_expected_of_the_model_alone(priced) -> None:
    planned(priced)
    shown = priced.page(access.person(Role.MANAGER, team=priced.company.lending))
    assert "400.00" in shown
    assert "800.00" in shown
    assert "off by 25 % on average" in shown
    assert "No forecast of team Lending has been scored yet" in shown
    assert "777.00" not in shown
    for name in ("budget", "forecast", "claim", "experiment"):
        assert f"{reverse(f'costs:{name}-list')}?model={priced.model.pk}" in shown


def test_lists_of_plans_are_narrowed_to_a_model(priced) -> None:
    planned(priced)
    client = access.signed_in(Client(), priced.company.controller)
    for name in ("costs:budget-list", "costs:forecast-list"):
        listed = client.get(reverse(name), {"model": str(priced.model.pk)}).content.decode()
        assert "Own" in listed
        assert priced.company.two.key not in listed
