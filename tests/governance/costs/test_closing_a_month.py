"""From the bill to the closed month with the engine itself, and rules tried before they count."""

import datetime as dt
import html
import json
import re

import pytest
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs import closing
from governance.costs import commands as costs
from governance.costs.allocating import allocate
from governance.costs.importing import import_batch
from governance.costs.kinds import PeriodState
from governance.costs.models import AllocationRun, BillingPeriod, CostLine, ImportBatch, RuleSet
from governance.kernel.actor import system_actor
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from tests.factories import access
from tests.factories import costs as bills

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]

EVERYTHING = {"priority": 90, "method": "direct", "targets": [{"target": "organisation"}]}
CLUSTER = {
    "priority": 10,
    "matcher": {"field": "service", "is": "Cluster"},
    "method": "direct",
    "targets": [{"target": "pool/gpu"}],
}


@pytest.fixture
def people():
    costs.ensure_targets(actor=system_actor())
    purse = access.person(Role.MANAGER)
    costs.create_pool(actor=access.actor(purse), slug="gpu", name="GPU")
    return purse, access.person(Role.FINANCE_ATTESTER)


def deliver(person, source, *amounts):
    rows = [{"ServiceName": "Cluster", "BilledCost": one, "EffectiveCost": one} for one in amounts]
    batch = bills.imported(person, source, bills.focus_csv(*rows))
    assert batch.state == "accepted", (batch.reason, batch.findings)
    return batch


def published(person):
    run = bills.allocated(person)
    assert run.state == "computed", run.failure
    return costs.publish_run(actor=access.actor(person), run_id=run.pk)


def test_a_month_is_closed_on_the_run_that_took_in_its_bills(people):
    purse, other = people
    source = bills.source(purse, delivery="append")
    deliver(purse, source, "10.000000000000000001", "0.5")
    bills.in_force(purse, other, EVERYTHING)
    period = BillingPeriod.objects.get()
    actor = access.actor(purse)
    with pytest.raises(RuleBroken, match="No invoice"):
        costs.close_period(actor=actor, period_id=period.pk)
    published(purse)
    deliver(purse, source, "2")
    costs.record_invoice(
        actor=actor, period_id=period.pk, total="12.500000000000000001", currency="USD"
    )
    published(purse)
    row = costs.close_period(actor=actor, period_id=period.pk)
    assert row.state == PeriodState.CLOSED
    late = bills.allocated(purse)
    with pytest.raises(Conflict, match="closed"):
        costs.publish_run(actor=actor, run_id=late.pk)


@pytest.fixture
def closing_month(people):
    """A month whose published run is behind its bills, asked to be closed."""
    purse, other = people
    source = bills.source(purse, delivery="append")
    deliver(purse, source, "10")
    bills.in_force(purse, other, EVERYTHING)
    published(purse)
    deliver(purse, source, "2.000000000000000001")
    period = BillingPeriod.objects.get()
    return costs.close_period(
        actor=access.actor(purse), period_id=period.pk, reason="No invoice comes."
    )


def test_closing_computes_the_final_run_publishes_it_and_closes_on_it(closing_month, people):
    assert (closing_month.state, closing_month.closed_at) == (PeriodState.CLOSING, None)
    closing.finish_closings()  # the worker is not done yet
    closing_month.refresh_from_db()
    assert closing_month.state == PeriodState.CLOSING
    allocate(closing_month.run_id)
    closing.finish_closings()
    row = BillingPeriod.objects.get()
    assert (row.state, row.closed_by, row.gap_reason) == (
        PeriodState.CLOSED,
        people[0],
        "No invoice comes.",
    )
    assert row.run_id == closing_month.run_id
    assert row.run.state == "published"
    assert row.run.charges.aggregate(sum=ExactSum("billed"))["sum"] == 12 * UNIT + 1
    with pytest.raises(Conflict):
        costs.close_period(actor=access.actor(people[0]), period_id=row.pk, reason="Again.")


def test_a_bill_that_comes_while_the_final_run_is_computed_leaves_the_month_open(
    closing_month, people, client
):
    allocate(closing_month.run_id)
    deliver(people[0], closing_month.parts.first().batch.source, "5")
    closing.finish_closings()
    row = BillingPeriod.objects.get()
    assert (row.state, row.run, row.gap_reason) == (PeriodState.OPEN, None, "")
    assert "Bills have come or gone since" in row.closing_fault
    access.signed_in(client, people[0])
    shown = client.get(reverse("costs:period-detail", args=[row.pk])).content.decode()
    assert "The last closing came to nothing" in shown
    assert "A final run is computed first" in shown
    again = costs.close_period(actor=access.actor(people[0]), period_id=row.pk, reason="Now.")
    assert (again.state, again.closing_fault) == (PeriodState.CLOSING, "")


def test_an_end_of_an_earlier_final_run_leaves_the_present_closing_alone(closing_month, people):
    service, earlier = system_actor(), closing_month.run_id
    costs.give_up_closing(
        actor=service, period_id=closing_month.pk, run_id=earlier, why="Its worker was lost."
    )
    AllocationRun.objects.filter(pk=earlier).update(state="failed")
    again = costs.close_period(
        actor=access.actor(people[0]), period_id=closing_month.pk, reason="No invoice comes."
    )
    late = {"actor": service, "period_id": again.pk, "run_id": earlier}
    for row in (costs.finish_closing(**late), costs.give_up_closing(**late, why="Late.")):
        assert (row.state, row.run_id, row.closing_fault) == ("closing", again.run_id, "")


def test_a_final_run_that_fails_leaves_the_month_open_and_says_why(closing_month, client, people):
    access.signed_in(client, people[0])
    live = reverse("costs:period-live", args=[closing_month.pk])
    assert "HX-Refresh" not in client.get(live).headers
    costs.fail_run(
        actor=system_actor(), run=costs.claim_run(closing_month.run_id), reason="A rule broke."
    )
    closing.finish_closings()
    row = BillingPeriod.objects.get()
    assert (row.state, row.closing_fault) == (
        PeriodState.OPEN,
        f"{closing_month.run.public_id} failed: A rule broke.",
    )
    assert client.get(live).headers["HX-Refresh"] == "true"


def test_later_rules_move_closed_money_into_the_open_month_and_make_none(people, client):
    purse, other = people
    actor = access.actor(purse)
    deliver(purse, bills.source(purse), "10", "20.000000000000000007")
    bills.in_force(purse, other, EVERYTHING)
    published(purse)
    period = BillingPeriod.objects.get()
    first = bills.allocated(purse)
    with pytest.raises(Conflict, match="open"):
        costs.adjust_period(actor=actor, period_id=period.pk, run_id=first.pk)
    costs.close_period(actor=actor, period_id=period.pk, reason="No invoice.")
    with pytest.raises(RuleBroken, match="allocate again"):
        costs.adjust_period(actor=actor, period_id=period.pk, run_id=first.pk)
    same = bills.allocated(purse)
    with pytest.raises(RuleBroken, match="Nothing moves"):
        costs.adjust_period(actor=actor, period_id=period.pk, run_id=same.pk)
    bills.in_force(purse, other, CLUSTER, EVERYTHING)
    later = bills.allocated(purse)
    access.signed_in(client, purse)
    address = reverse("costs:period-detail", args=[period.pk])
    assert f"Book {later.public_id} as an adjustment" in client.get(address).content.decode()
    batch = costs.adjust_period(actor=actor, period_id=period.pk, run_id=later.pk).row
    again = costs.adjust_period(actor=actor, period_id=period.pk, run_id=later.pk)
    assert (again.row.pk, again.fresh) == (batch.pk, False)
    url = f"/api/v1/costs/periods/{period.pk}/adjust/"
    api = access.api_client(purse).post(url, {"run": str(later.pk)}, format="json")
    assert (api.status_code, api.json()["public_id"]) == (200, batch.public_id)
    assert import_batch(batch.pk).state == "accepted"
    assert batch.public_id in client.get(address).content.decode()
    lines = {
        line.slice.target_key: line.effective
        for line in CostLine.objects.filter(part__batch=batch).select_related("slice")
    }
    assert lines == {
        "organisation": -30_000000000000000007,
        "pool/gpu": 30_000000000000000007,
    }
    back = bills.in_force(purse, other, EVERYTHING)
    assert back.state == "approved"
    reverted = bills.allocated(purse)
    adjust = reverse("costs:period-adjust", args=[period.pk, reverted.pk])
    assert client.post(adjust).status_code == 302
    import_batch(ImportBatch.objects.latest("number").pk)
    total = CostLine.objects.filter(
        part__period__issuer="Adjustments", slice__target_key="pool/gpu"
    )
    assert sum(line.effective for line in total) == 0
    kinds = Entry.objects.filter(kind="costs.period.adjusted")
    assert kinds.count() == 2


def test_adjusting_takes_the_right_and_a_run_of_the_month(people):
    purse, other = people
    deliver(purse, bills.source(purse), "10")
    ruleset = bills.in_force(purse, other, EVERYTHING)
    published(purse)
    period = BillingPeriod.objects.get()
    costs.close_period(actor=access.actor(purse), period_id=period.pk, reason="No invoice.")
    dry = bills.allocated(purse, ruleset_id=ruleset.pk, dry=True)
    with pytest.raises(RuleBroken, match="not held against"):
        costs.adjust_period(actor=access.actor(purse), period_id=period.pk, run_id=dry.pk)
    auditor = access.actor(access.person(Role.AUDITOR))
    with pytest.raises(NotPermitted):
        costs.adjust_period(actor=auditor, period_id=period.pk, run_id=dry.pk)


def test_a_draft_is_tried_on_the_bills_and_then_edited(people, client):
    purse, other = people
    deliver(purse, bills.source(purse), "10", "20")
    bills.in_force(purse, other, EVERYTHING)
    published(purse)
    draft = costs.draft_ruleset(
        actor=access.actor(purse),
        effective_from=bills.JANUARY,
        raws=[
            bills.rule(**CLUSTER),
            bills.rule(**EVERYTHING),
            bills.rule(**CLUSTER | {"priority": 20, "name": "Hidden"}),
            bills.rule(
                **CLUSTER
                | {"priority": 30, "name": "Idle", "matcher": {"field": "service", "is": "None"}}
            ),
        ],
    )
    access.signed_in(client, purse)
    address = reverse("costs:ruleset-dryrun", args=[draft.pk])
    assert "No dry run yet" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert "Under way" in client.get(address).content.decode()
    run = AllocationRun.objects.get(dry=True)
    assert allocate(run.pk).state == "computed"
    text = html.unescape(client.get(address).content.decode())
    assert "Rules that no line fits" in text
    assert "Idle" in text
    assert "hides wholly" in text
    assert "pool/gpu" in text
    assert "30.00" in text
    moved = text.partition("Money that moves")[2].partition("</table>")[0]
    assert re.search(r"pool/gpu.*?\+(<[^>]*>)?2<", moved, re.DOTALL)
    assert "Of an earlier draft" not in text
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "pool/gpu" in part
    assert "<html" not in part
    changed = costs.edit_ruleset(
        actor=access.actor(purse), ruleset_id=draft.pk, raws=[bills.rule(**EVERYTHING)]
    )
    assert changed.rules.count() == 1
    assert "Of an earlier draft" in client.get(address).content.decode()


def test_a_draft_that_is_saved_is_tried_at_once(people, client):
    purse, _ = people
    deliver(purse, bills.source(purse), "10")
    access.signed_in(client, purse)
    text = json.dumps([bills.rule(**EVERYTHING)])
    body = {"effective_from": "2026-01-01", "note": "", "rules": text, "as": "text"}
    answer = client.post(reverse("costs:ruleset-create"), body)
    run = AllocationRun.objects.get(dry=True)
    assert answer.url == reverse("costs:ruleset-dryrun", args=[run.ruleset_id])


def test_dry_run_is_asked_over_the_api_by_who_edits_rules(people):
    purse, other = people
    deliver(purse, bills.source(purse), "10")
    ruleset = bills.in_force(purse, other, EVERYTHING)
    url = f"/api/v1/costs/rulesets/{ruleset.pk}/dry-run/"
    asked = access.api_client(purse).post(url)
    assert asked.status_code == 201
    assert [one["month"] for one in asked.json()["items"]] == ["2026-01-01"]
    again = access.api_client(purse).post(url)
    assert again.json()["items"] == asked.json()["items"]
    auditor = access.person(Role.AUDITOR)
    assert access.api_client(auditor).post(url).status_code == 403
    with pytest.raises(NotPermitted):
        costs.request_run(
            actor=access.actor(auditor),
            month=dt.date(2026, 1, 1),
            ruleset_id=ruleset.pk,
            dry=True,
        )
    assert RuleSet.objects.count() == 1
