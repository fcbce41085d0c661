"""Pages over a real month: imported, shared out, published, and read down to the bill's line."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs.models import AllocatedCharge, AllocationRun, ChargeMonth
from governance.costs.querysets.drill import charges
from governance.costs.querysets.reconciliation import reconciliation
from governance.costs.querysets.runs import FOUND
from governance.costs.querysets.summary import Question, summary
from governance.kernel import money
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)


class Month:
    """One cluster shared by teams in equal parts, a direct line, and one that no rule takes."""

    def __init__(self, teams: int) -> None:
        self.controller, other = access.person(Role.MANAGER), access.person(Role.FINANCE_ATTESTER)
        self.teams = [access.team(f"team-{place}") for place in range(teams)]
        costs.ensure_targets(actor=system_actor())
        parts = [{"target": f"team/{team.slug}"} for team in self.teams]
        cluster, own = ({"field": "service", "is": name} for name in ("Cluster", "Own"))
        even = {"priority": 1, "name": "Cluster", "matcher": cluster, "method": "even"}
        direct = {"priority": 2, "matcher": own, "method": "direct", "targets": parts[:1]}
        bills.in_force(self.controller, other, even | {"targets": parts}, direct)
        rows = [
            {"ServiceName": "Cluster", "BilledCost": "10", "EffectiveCost": "9.000000000000000001"},
            {"ServiceName": "Own", "BilledCost": "3.07", "EffectiveCost": "3"},
            {"ServiceName": "Nobody", "BilledCost": "-1.5", "EffectiveCost": "-1.5"},
        ]
        bills.imported(self.controller, bills.source(self.controller), bills.focus_csv(*rows))
        run = bills.allocated(self.controller)
        actor = access.actor(self.controller)
        self.run: AllocationRun = costs.publish_run(actor=actor, run_id=run.pk)

    def manager(self) -> User:
        return access.person(Role.MANAGER, team=self.teams[0])

    def page(self, user: User, charge: AllocatedCharge) -> str:
        url = reverse("costs:charge-detail", args=[charge.pk])
        return access.signed_in(Client(), user).get(url).content.decode()


def charge_to(month: Month, service: str) -> AllocatedCharge:
    key = f"team/{month.teams[0].slug}"
    return AllocatedCharge.objects.get(target__key=key, slice__service=service)


@pytest.mark.embedded
def test_a_real_month_reads_the_same_by_day_by_month_and_on_the_bill() -> None:
    month = Month(teams=3)
    actor = access.actor(month.controller)
    found = summary(actor, Question((bills.JANUARY,), ("service",), "billed"))
    assert {line.labels[0]: money.to_text(line.total) for line in found.lines} == {
        "Cluster": "10",
        "Own": "3.07",
        "Nobody": "-1.5",
    }
    held = reconciliation(actor, bills.JANUARY)
    assert held.balances
    (effective,) = held.accounts["effective"]
    assert money.to_text(effective.billed) == "10.500000000000000001"
    assert money.to_text(effective.unallocated) == "-1.5"
    assert ChargeMonth.objects.filter(run=month.run).exists()


def test_a_real_share_hides_its_weight_from_one_team_when_few_others_take_part() -> None:
    month = Month(teams=3)
    shared = charge_to(month, "Cluster")
    told = month.page(month.manager(), shared)
    assert "with so few others" in told
    assert "10" not in told.partition("The way it took")[2].partition("Lines of the bill")[0]
    assert "These lines are shared" in told
    assert "with so few others" not in month.page(month.controller, shared)


def test_a_real_share_among_many_says_by_what_it_came_and_still_hides_the_lines() -> None:
    month = Month(teams=5)
    told = month.page(month.manager(), charge_to(month, "Cluster"))
    assert '<span class="a-num">1</span> of <span class="a-num">5</span>' in told
    assert "These lines are shared" in told


def test_a_real_line_of_ones_own_is_shown_with_its_number() -> None:
    month = Month(teams=3)
    told = month.page(month.manager(), charge_to(month, "Own"))
    assert "These lines are shared" not in told
    assert "3.07" in told.partition("Lines of the bill")[2]


def test_a_list_of_charges_reads_nothing_of_what_their_run_found() -> None:
    month = Month(teams=2)
    rows = charges(access.actor(month.controller), Question(months=(bills.JANUARY,)))
    listed = AllocationRun.objects.briefly()
    for text in (str(rows.query), str(listed.query)):
        assert not [name for name in FOUND if f'."{name}"' in text]
    assert [row.run.public_id for row in rows] == [listed.get().public_id] * len(rows)
