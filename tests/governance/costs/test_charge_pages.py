"""Pages of charges: the way each took, and as much of what is shared as tells nobody's share."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs.models import (
    AllocatedCharge,
    BatchPart,
    CostLine,
    CostSlice,
    Rule,
    Target,
)
from governance.kernel import money
from tests.factories import access, catalog, spend
from tests.factories.costs import scattered
from tests.factories.spend import Company

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


class Shared:
    """One line of a bill, shared by a rule among the targets of as many teams as asked for."""

    def __init__(self, company: Company, teams: int) -> None:
        version = catalog.version()
        scattered(version, company.controller.pk)
        self.rule = Rule.objects.create(
            ruleset=company.january.ruleset,
            priority=1,
            phase="shared",
            name="Shared cluster",
            matcher={},
            method="even",
        )
        self.company, self.slice = company, CostSlice.objects.latest("pk")
        CostSlice.objects.filter(pk=self.slice.pk).update(resource="secret-cluster")
        self.own = self.charge(company.one, 1, teams + 1)
        for _ in range(teams):
            team = access.team()
            self.charge(spend.target(f"team/{team.slug}", "team", team), 1, teams + 1)

    def charge(self, target: Target, weight: int, of: int) -> AllocatedCharge:
        shared = {"target": target.key, "weight": weight, "weight_sum": of}
        step = {"rule": str(self.rule.pk), "driver": "even", **shared}
        return AllocatedCharge.objects.create(
            run=self.company.january,
            slice=self.slice,
            part=BatchPart.objects.latest("pk"),
            rule=self.rule,
            target=target,
            path=[step],
            lines=1,
            billed=money.UNIT * weight // of,
            effective=money.UNIT * weight // of,
        )


def test_a_share_tells_its_weight_only_when_three_others_take_part(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    few = page(manager, "costs:charge-detail", Shared(company, 2).own.pk)
    assert "with so few others" in few
    assert "secret-cluster" not in few


def test_a_share_among_enough_tells_its_weight_but_never_the_lines(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    many = page(manager, "costs:charge-detail", Shared(company, 3).own.pk)
    assert "with so few others" not in many
    assert '<span class="a-num">1</span> of <span class="a-num">4</span>' in many
    assert "These lines are shared" in many
    assert "secret-cluster" not in many


def test_who_sees_everything_reads_the_lines_with_their_place_in_the_file(company) -> None:
    shown = page(company.controller, "costs:charge-detail", Shared(company, 2).own.pk)
    assert "secret-cluster" in shown
    assert "bill.csv" in shown
    assert CostLine.objects.count() == 1
    assert "exact share of it; the shares sum to the charge" in shown


def test_a_whole_charge_shows_its_lines_to_its_own_team(company) -> None:
    shared = Shared(company, 0)
    manager = access.person(Role.MANAGER, team=company.lending)
    shown = page(manager, "costs:charge-detail", shared.own.pk)
    assert "These lines are shared" not in shown
    assert "What you may see of what is shared" not in shown
    assert "secret-cluster" in shown


def test_what_may_be_seen_of_something_shared_is_said_with_its_driver(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    few = page(manager, "costs:charge-detail", Shared(company, 2).own.pk)
    assert "Shared by equal parts" in few
    assert "What you may see of what is shared" in few


def test_money_without_a_driver_names_the_driver_that_is_missing(company) -> None:
    shared = Shared(company, 0)
    step = {**shared.own.path[0], "driver": "gpu_seconds", "target": "unallocated/no_driver"}
    AllocatedCharge.objects.filter(pk=shared.own.pk).update(reason="no_driver", path=[step])
    shown = page(company.controller, "costs:charge-detail", shared.own.pk)
    assert "Shared cluster shares by gpu seconds, and of that nothing is recorded" in shown


def test_another_teams_charge_is_not_there(company) -> None:
    shared = Shared(company, 3)
    other = access.person(Role.MANAGER, team=company.cards)
    url = reverse("costs:charge-detail", args=[shared.own.pk])
    assert access.signed_in(Client(), other).get(url).status_code == 404


def test_charges_list_their_exact_amounts_and_only_the_readers_own(company) -> None:
    shared = Shared(company, 3)
    everything = page(company.controller, "costs:charge-list", start="2026-01", format="csv")
    assert len(rows_of(everything)) == 4
    manager = access.person(Role.MANAGER, team=company.lending)
    shown = page(manager, "costs:charge-list", start="2026-01")
    assert "0.25 USD" in shown
    assert reverse("costs:charge-detail", args=[shared.own.pk]) in shown
    assert len(rows_of(page(manager, "costs:charge-list", start="2026-01", format="csv"))) == 1
