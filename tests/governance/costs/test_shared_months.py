"""Months that several issuers share: what one of them has closed stays, the others go on."""

import csv
import io

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.exporting import export_month
from governance.costs.importing import import_batch
from governance.costs.judging import Sharing
from governance.costs.kinds import CostRunState, PeriodState
from governance.costs.querysets.reconciliation import reconciliation
from governance.kernel import money
from governance.kernel.actor import Strength, system_actor
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from tests.factories import access
from tests.factories import costs as bills

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]
JANUARY = bills.JANUARY
EVENLY = {
    "priority": 10,
    "method": "even",
    "targets": [{"target": "pool/a"}, {"target": "pool/b"}, {"target": "pool/c"}],
}
TO_A = {"priority": 10, "method": "direct", "targets": [{"target": "pool/a"}]}


class Month:
    """January of two issuers, shared out evenly and published; one of them closed."""

    def __init__(self, manager: User, other: User) -> None:
        self.manager, self.other, self.actor = manager, other, access.actor(manager)
        self.sources = {name: bills.source(manager, name=name) for name in ("North", "South")}
        self.deliver("North", "10.000000000000000001")
        self.deliver("South", "6")
        bills.in_force(manager, other, EVENLY)
        self.first = self.published()
        self.close("North")

    def deliver(self, issuer: str, amount: str) -> models.ImportBatch:
        content = bills.focus_csv(
            {"BilledCost": amount, "EffectiveCost": amount}, InvoiceIssuerName=issuer
        )
        batch = bills.imported(self.manager, self.sources[issuer], content)
        assert batch.state == "accepted", batch.reason
        return batch

    def period(self, issuer: str) -> models.BillingPeriod:
        return models.BillingPeriod.objects.get(issuer=issuer)

    def close(self, issuer: str) -> models.BillingPeriod:
        period = self.period(issuer)
        return costs.close_period(actor=self.actor, period_id=period.pk, reason="No invoice.")

    def allocated(self, **more: object) -> models.AllocationRun:
        run = bills.allocated(self.manager, **more)
        assert run.state == CostRunState.COMPUTED, run.failure
        return run

    def published(self) -> models.AllocationRun:
        run = self.allocated()
        return costs.publish_run(actor=self.actor, run_id=run.pk, seen=run.result_digest)


def given(run: models.AllocationRun, issuer: str, rows: object = None) -> dict[str, str]:
    if rows is models.ChargeDay:
        found = models.ChargeDay.objects.filter(run=run, issuer=issuer)
    else:
        found = models.AllocatedCharge.objects.filter(run=run, slice__issuer=issuer)
    sums = found.values_list("target__key").order_by().annotate(ExactSum("billed"))
    return {key: money.to_text(total) for key, total in sums}


@pytest.fixture
def month(manager: User, other: User) -> Month:
    costs.ensure_targets(actor=system_actor())
    for slug in ("a", "b", "c"):
        costs.create_pool(actor=access.actor(manager), slug=slug, name=slug.upper())
    return Month(manager, other)


def test_the_open_issuer_is_published_and_closed_later(month: Month) -> None:
    before = given(month.first, "North")
    month.deliver("South", "9")
    run = month.published()
    assert given(run, "North") == given(run, "North", models.ChargeDay) == before
    assert given(run, "South") == dict.fromkeys(("pool/a", "pool/b", "pool/c"), "3")
    assert all(check["holds"] is not False for check in run.invariants)
    closed = month.close("South")
    assert (closed.run_id, month.period("North").run_id) == (run.pk, month.first.pk)
    with pytest.raises(Conflict, match="keeps its published run"):
        costs.publish_run(actor=month.actor, run_id=month.allocated().pk)
    assert reconciliation(month.actor, JANUARY).balances


def test_later_rules_leave_closed_money_where_it_was_and_say_what_they_would_move(
    month: Month,
) -> None:
    before = given(month.first, "North")
    bills.in_force(month.manager, month.other, TO_A)
    run = month.published()
    assert given(run, "North") == before
    assert given(run, "South") == {"pool/a": "6"}
    told = {(row["target"], row["delta"]) for row in run.difference if row["basis"] == "billed"}
    assert told == {("pool/a", "4"), ("pool/b", "-2"), ("pool/c", "-2")}
    moved = {row["target"]: row for row in run.adjustment if row["basis"] == "billed"}
    assert moved["pool/a"]["delta"] == "6.666666666666666667"
    assert moved["pool/a"]["causes"]["rule"] == "6.666666666666666667"
    assert moved["pool/b"]["delta"] == "-3.333333333333333334"
    targets = {each["target"]: each["billed"] for each in run.summary["targets"]}
    assert targets["pool/a"] == "9.333333333333333334"
    adjustments = next(c for c in run.invariants if c["check"] == "adjustments")
    assert (adjustments["holds"], len(adjustments["rows"])) == (True, 2)


def test_what_a_published_run_would_move_of_closed_money_is_booked_once(month: Month) -> None:
    bills.in_force(month.manager, month.other, TO_A)
    run = month.published()
    period = month.period("North")
    batch = costs.adjust_period(actor=month.actor, period_id=period.pk, run_id=run.pk)
    assert import_batch(batch.row.pk).state == "accepted"
    lines = models.CostLine.objects.filter(part__batch=batch.row)
    assert {line.slice.target_key: money.to_text(line.billed) for line in lines} == {
        "pool/a": "6.666666666666666667",
        "pool/b": "-3.333333333333333334",
        "pool/c": "-3.333333333333333333",
    }
    again = month.allocated()
    with pytest.raises(RuleBroken, match="Nothing moves"):
        costs.adjust_period(actor=month.actor, period_id=period.pk, run_id=again.pk)
    with pytest.raises(Conflict, match="open"):
        costs.adjust_period(actor=month.actor, period_id=month.period("South").pk, run_id=again.pk)


def test_late_bills_of_the_open_issuer_are_no_movement_of_closed_money(month: Month) -> None:
    month.deliver("South", "60")
    run = month.published()
    assert run.adjustment == []
    period = month.period("North")
    with pytest.raises(RuleBroken, match="Nothing moves"):
        costs.adjust_period(actor=month.actor, period_id=period.pk, run_id=run.pk)


def test_a_run_computed_before_a_closing_is_not_published_after_it(month: Month) -> None:
    bills.in_force(month.manager, month.other, TO_A)
    run = month.allocated()
    other = access.actor(month.other)
    month_of = month.period("North")
    costs.ask_reopening(
        actor=month.actor, period_id=month_of.pk, reason="Late credit", evidence="Ticket 1"
    )
    proof = Reauthentication(other.id, timezone.now(), Strength.PASSWORD)
    costs.grant_reopening(actor=other, period_id=month_of.pk, proof=proof)
    with pytest.raises(Conflict, match="closed or opened since"):
        costs.publish_run(actor=month.actor, run_id=run.pk)
    fresh = month.published()
    assert given(fresh, "North") == {"pool/a": "10.000000000000000001"}
    assert month.period("North").state == PeriodState.OPEN


def test_the_same_inputs_and_the_same_closed_runs_give_the_same_result(month: Month) -> None:
    month.deliver("South", "9")
    first, second = month.allocated(), month.allocated()
    assert first.inputs["kept"] == {"North": str(month.first.pk)}
    assert (first.inputs_digest, first.result_digest) == (
        second.inputs_digest,
        second.result_digest,
    )
    bills.in_force(month.manager, month.other, TO_A)
    assert month.allocated().result_digest != first.result_digest


def test_a_dry_run_shows_what_rules_would_make_of_all_of_it(month: Month) -> None:
    draft = costs.draft_ruleset(
        actor=month.actor, effective_from=JANUARY, raws=[bills.rule(**TO_A)]
    )
    run = month.allocated(ruleset_id=draft.pk, dry=True)
    assert given(run, "North") == {"pool/a": "10.000000000000000001"}
    assert "kept" not in run.inputs


def test_lines_of_both_rules_go_out_with_the_shares_that_were_published(month: Month) -> None:
    bills.in_force(month.manager, month.other, TO_A)
    run = month.published()
    for charge in models.AllocatedCharge.objects.filter(run=run).select_related("run", "slice"):
        lines = list(models.CostLine.objects.filter(slice=charge.slice_id, part=charge.part_id))
        shares = Sharing(charge).shares(lines)
        assert sum(share[0] for share in shares if share) == charge.billed
    found = export_month(models.AllocationRun.objects.all(), JANUARY)
    with found.file:
        rows = list(csv.DictReader(io.StringIO(found.file.read().decode())))
    assert found.reconciles
    rules = {row["InvoiceIssuerName"]: row["AllocatedMethodId"] for row in rows}
    assert rules["North"].startswith(month.first.ruleset.public_id)
    assert len(rows) == 4


def test_pages_and_api_show_both_movements(month: Month, client: object) -> None:
    bills.in_force(month.manager, month.other, TO_A)
    run = month.published()
    access.signed_in(client, month.manager)
    text = client.get(f"/costs/runs/{run.pk}/diff/").content.decode()
    assert "What it would move of closed money" in text
    assert "6.666666666666666667" in text
    assert "North" in client.get(f"/costs/runs/{run.pk}/").content.decode()
    body = access.api_client(month.manager).get(f"/api/v1/costs/runs/{run.pk}/diff/").json()
    assert {row["target"] for row in body["adjustment"]} == {"pool/a", "pool/b", "pool/c"}
    period = client.get(f"/costs/periods/{month.period('North').pk}/").content.decode()
    assert f"Book {run.public_id} as an adjustment" in period
    assert month.first.public_id in period


def test_no_right_no_publication_beside_a_closed_issuer(month: Month) -> None:
    run = month.allocated()
    developer = access.actor(access.person(Role.DEVELOPER))
    with pytest.raises(NotPermitted):
        costs.publish_run(actor=developer, run_id=run.pk)
    run.refresh_from_db()
    assert run.state == CostRunState.COMPUTED
