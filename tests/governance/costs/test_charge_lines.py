"""The lines behind a charge where rules changed inside a month: to each team its own."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs.models import AllocatedCharge
from governance.kernel import money
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
EARLY = {"BilledCost": "11", "EffectiveCost": "11"}
LATE = {
    "BilledCost": "7777",
    "EffectiveCost": "7777",
    "ChargePeriodStart": "2026-01-20T00:00:00Z",
    "ChargePeriodEnd": "2026-01-20T01:00:00Z",
}


class Moved:
    """One resource, charged to one team until the tenth and to another from then on."""

    def __init__(self, manager: User, other: User) -> None:
        self.teams = access.team(), access.team()
        costs.ensure_targets(actor=system_actor())
        first, second = (f"team/{team.slug}" for team in self.teams)
        bills.in_force(
            manager,
            other,
            {"priority": 1, **_direct(first), "valid_to": "2026-01-10"},
            {"priority": 2, **_direct(second), "valid_from": "2026-01-10"},
        )
        bills.imported(manager, bills.source(manager), bills.focus_csv(EARLY, LATE))
        run = bills.allocated(manager)
        costs.publish_run(actor=access.actor(manager), run_id=run.pk, seen=run.result_digest)
        found = {row.target.key: row for row in AllocatedCharge.objects.select_related("target")}
        self.charges = found[first], found[second]


def _direct(key: str) -> dict[str, Any]:
    return {"method": "direct", "targets": [{"target": key}]}


@pytest.fixture
def moved(manager: User, other: User) -> Moved:
    return Moved(manager, other)


def page(person: User, charge: AllocatedCharge) -> str:
    url = reverse("costs:charge-detail", args=[charge.pk])
    return access.signed_in(Client(), person).get(url).content.decode()


def lines(person: User, charge: AllocatedCharge) -> list[dict[str, Any]]:
    path = f"/api/v1/costs/runs/{charge.run_id}/charges/{charge.pk}/lines/"
    return json.loads(access.signed_in(Client(), person).get(path).content)["items"]


@pytest.mark.embedded
def test_a_team_reads_only_its_own_lines_of_a_resource_that_moved(moved: Moved) -> None:
    for team, charge, own, foreign in zip(
        moved.teams, moved.charges, ("11", "7777"), ("7777", "11"), strict=True
    ):
        person = access.person(Role.MANAGER, team=team)
        shown = page(person, charge)
        assert f">{own}</td>" in shown
        assert f">{foreign}</td>" not in shown
        assert [row["billed"] for row in lines(person, charge)] == [own]


def test_lines_sum_to_their_charge_for_who_sees_everything_as_well(
    moved: Moved, manager: User
) -> None:
    for charge in moved.charges:
        shares = [money.from_text(row["billed_share"])[0] for row in lines(manager, charge)]
        assert sum(shares) == charge.billed
        assert len(shares) == charge.lines


def test_lines_whose_way_nobody_can_tell_are_shown_to_nobody_of_one_team(
    moved: Moved, manager: User
) -> None:
    charge = moved.charges[0]
    step = {**charge.path[0], "rule": "entered otherwise since"}
    AllocatedCharge.objects.filter(pk=moved.charges[1].pk).update(path=[step])
    AllocatedCharge.objects.filter(pk=charge.pk).update(path=[{**step, "weight_sum": 1}])
    person = access.person(Role.MANAGER, team=moved.teams[0])
    assert lines(person, charge) == []
    assert len(lines(manager, charge)) == 2
