"""Periods: held against bill, run and invoice; closed once; opened again by two people."""

import datetime as dt

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.kinds import BatchState, CostRunState, PeriodState
from governance.costs.querysets.closing import standing_of
from governance.costs.rules.closing import faults
from governance.kernel.actor import Strength, system_actor
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.kernel.money import UNIT, split
from governance.ledger.models import Entry
from governance.ledger.numbers import next_number
from tests.factories import access

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


@pytest.fixture
def purse():
    return access.actor(access.person(Role.MANAGER))


@pytest.fixture
def other():
    return access.actor(access.person(Role.FINANCE_ATTESTER))


@pytest.fixture
def period(purse):
    """A month of one issuer, delivered, shared out exactly over three targets and published."""
    return month_of(purse)


def month_of(actor, start=JANUARY, end=FEBRUARY, billed=100 * UNIT + 1):
    costs.ensure_targets(actor=system_actor())
    row = models.BillingPeriod.objects.create(issuer="Cloud", start=start, end=end)
    deliver(actor, row, billed)
    ruleset = models.RuleSet.objects.create(
        number=next_number("ruleset"),
        effective_from=start,
        digest="0" * 64,
        state="approved",
        created_by_id=actor.id,
    )
    publish(row, ruleset, billed)
    return row


def deliver(actor, period, billed, *, accepted=True):
    number = models.ImportBatch.objects.count() + 1
    source, _ = models.CostSource.objects.get_or_create(
        name="Cloud",
        defaults={
            "kind": "focus_file",
            "delivery": "replace",
            "owner_id": actor.id,
            "created_by_id": actor.id,
        },
    )
    batch = models.ImportBatch.objects.create(
        number=number,
        source=source,
        file_name="bill.csv",
        digest=f"{number:064x}",
        size=1,
        delivery="replace",
        state=BatchState.ACCEPTED if accepted else BatchState.HELD,
        received_by_id=actor.id,
    )
    part = models.BatchPart.objects.create(
        batch=batch, period=period, accepted_at=timezone.now() if accepted else None
    )
    models.PartTotal.objects.create(
        part=part, currency="USD", rows=7, billed=billed, effective=billed
    )
    return batch


def publish(period, ruleset, billed):
    run = models.AllocationRun.objects.create(
        number=next_number("allocation"),
        month=period.start,
        ruleset=ruleset,
        state=CostRunState.PUBLISHED,
        result_digest="a" * 64,
        published_at=timezone.now(),
        inputs={"bills": [{"part": part.pk} for part in period.parts.all()]},
    )
    keys = ["organisation", "unallocated/no_rule", "unallocated/no_driver"]
    for key, share in split(billed, dict.fromkeys(keys, 1)).items():
        models.ChargeDay.objects.create(
            run=run,
            target=models.Target.objects.get(key=key),
            day=period.start,
            currency="USD",
            issuer=period.issuer,
            category="Usage",
            lines=7,
            billed=share,
            effective=share,
        )
    return run


def proof(actor):
    return Reauthentication(actor.id, timezone.now(), Strength.PASSWORD)


def events():
    rows = Entry.objects.filter(subject_type="costs.period").order_by("seq")
    return [kind.removeprefix("costs.") for kind in rows.values_list("kind", flat=True)]


def closed(actor, period):
    return costs.close_period(actor=actor, period_id=period.pk, reason="No invoice comes.")


def test_period_whose_invoice_agrees_is_closed_without_a_word(purse, period):
    costs.record_invoice(
        actor=purse, period_id=period.pk, total="100.000000000000000001", currency="USD"
    )
    row = costs.close_period(actor=purse, period_id=period.pk)
    assert (row.state, row.closed_by_id) == (PeriodState.CLOSED, purse.id)
    assert len(row.snapshot_digest) == 64
    assert events() == ["invoice.recorded", "period.closed"]


def test_snapshot_in_the_ledger_has_the_digest_of_the_row(purse, period):
    from governance.kernel.canonical import digest
    from governance.ledger.models import Body

    row = closed(purse, period)
    body = Body.objects.get(entry__kind="costs.period.closed").data
    assert digest(body["snapshot"]) == row.snapshot_digest == body["digest"]
    assert body["snapshot"]["sums"] == [
        {
            "currency": "USD",
            "rows": 7,
            "billed": "100.000000000000000001",
            "effective": "100.000000000000000001",
        }
    ]


def test_gap_to_the_invoice_and_no_invoice_take_a_reason(purse, period):
    with pytest.raises(RuleBroken, match="No invoice total"):
        costs.close_period(actor=purse, period_id=period.pk)
    costs.record_invoice(actor=purse, period_id=period.pk, total="99.5", currency="USD")
    with pytest.raises(RuleBroken) as refused:
        costs.close_period(actor=purse, period_id=period.pk, reason="  ")
    assert "0.500000000000000001 less than the bill" in refused.value.message
    assert refused.value.errors["reason"]
    row = costs.close_period(actor=purse, period_id=period.pk, reason="Credit note follows.")
    assert row.gap_reason == "Credit note follows."


def test_invoices_whose_gaps_cancel_do_not_agree(purse, period):
    part = models.BatchPart.objects.get()
    for invoice, billed in (("A", 60 * UNIT), ("B", 40 * UNIT)):
        models.InvoiceTotal.objects.create(
            part=part, currency="USD", invoice=invoice, billed=billed
        )
    for invoice, total in (("A", "50"), ("B", "50.000000000000000001")):
        costs.record_invoice(
            actor=purse, period_id=period.pk, total=total, currency="USD", invoice=invoice
        )
    with pytest.raises(RuleBroken) as refused:
        costs.close_period(actor=purse, period_id=period.pk)
    for told in (
        "Invoice A says 50 USD, 10 less than the bill",
        "Invoice B says 50.000000000000000001 USD, 10.000000000000000001 more than the bill",
        "What names no invoice is not known, and 0.000000000000000001 USD of it is billed",
    ):
        assert told in refused.value.message


def test_each_billed_currency_takes_its_invoice(purse, period):
    part = models.BatchPart.objects.get()
    models.PartTotal.objects.create(part=part, currency="EUR", rows=1, billed=UNIT, effective=0)
    charge = models.ChargeDay.objects.filter(target__key="organisation").get()
    charge.pk, charge.currency, charge.billed, charge.effective = None, "EUR", UNIT, 0
    charge.save()
    costs.record_invoice(
        actor=purse, period_id=period.pk, total="100.000000000000000001", currency="USD"
    )
    with pytest.raises(RuleBroken, match="not known, and 1 EUR"):
        costs.close_period(actor=purse, period_id=period.pk)
    costs.record_invoice(actor=purse, period_id=period.pk, total="1", currency="EUR")
    assert costs.close_period(actor=purse, period_id=period.pk).state == PeriodState.CLOSED


def test_period_that_goes_on_is_not_closed(purse):
    today = timezone.now().date()
    start = today.replace(day=1)
    period = month_of(purse, start, (start + dt.timedelta(days=32)).replace(day=1))
    with pytest.raises(RuleBroken, match="not over yet"):
        closed(purse, period)
    assert events() == []


def test_without_a_bill_or_a_published_run_nothing_is_closed(purse):
    costs.ensure_targets(actor=system_actor())
    bare = models.BillingPeriod.objects.create(issuer="Bare", start=JANUARY, end=FEBRUARY)
    with pytest.raises(RuleBroken, match="No accepted bill"):
        closed(purse, bare)
    deliver(purse, bare, UNIT)
    with pytest.raises(RuleBroken, match="No rules"):
        closed(purse, bare)


def test_run_older_than_the_bill_the_rules_or_the_usage_is_not_enough(purse, period):
    deliver(purse, period, 5 * UNIT)
    waiting = closed(purse, period)
    assert waiting.state == PeriodState.CLOSING  # on a run that takes it in
    costs.give_up_closing(
        actor=system_actor(), period_id=period.pk, run_id=waiting.run_id, why="It broke."
    )
    period.refresh_from_db()
    models.RuleSet.objects.create(
        number=99,
        effective_from=JANUARY,
        digest="1" * 64,
        state="approved",
        created_by_id=purse.id,
    )
    models.RuleSet.objects.exclude(number=99).update(state="superseded")
    told = [fault.message for fault in faults(standing_of(period, FEBRUARY))]
    assert "RULES-00099 is in force" in told[0]
    assert "bill was accepted" in told[0]


def test_delivery_that_nobody_has_decided_holds_the_period_open(purse, period):
    batch = deliver(purse, period, UNIT, accepted=False)
    models.BatchPart.objects.filter(batch=batch).delete()  # parts are made when it is copied
    with pytest.raises(RuleBroken, match=batch.public_id):
        closed(purse, period)
    batch.facts = {"movements": [{"period": "Cloud 2026-02"}]}
    batch.save()
    assert closed(purse, period).state == PeriodState.CLOSED


def test_delivery_that_waits_for_the_order_of_its_dates_may_be_of_any_month(purse, period):
    batch = deliver(purse, period, UNIT, accepted=False)
    models.BatchPart.objects.filter(batch=batch).delete()
    batch.facts = {"movements": [{"period": "Cloud 2026-02"}], "code": "date-order-needed"}
    batch.save()
    with pytest.raises(RuleBroken, match=batch.public_id):
        closed(purse, period)


def test_sums_that_are_not_the_bills_to_the_last_unit_are_refused(purse, period):
    models.ChargeDay.objects.filter(target__key="organisation").update(billed=33 * UNIT)
    with pytest.raises(RuleBroken, match="must be 0") as refused:
        closed(purse, period)
    assert refused.value.code == "not-conserved"
    broken = {"check": "ratios", "title": "Ratios", "holds": False, "blocks": True}
    models.AllocationRun.objects.update(invariants=[broken])
    with pytest.raises(RuleBroken, match="Ratios"):
        closed(purse, period)
    period.refresh_from_db()
    assert (period.state, events()) == (PeriodState.OPEN, [])


def test_closed_period_is_closed_once_and_takes_no_other_invoice(purse, period):
    closed(purse, period)
    with pytest.raises(Conflict):
        closed(purse, period)
    with pytest.raises(Conflict):
        costs.record_invoice(actor=purse, period_id=period.pk, total="1", currency="USD")
    assert events() == ["period.closed"]


@pytest.mark.parametrize(("total", "currency"), [("1,5", "USD"), ("a", "USD"), ("1", "DOLLAR")])
def test_invoice_that_cannot_be_read_is_refused(purse, period, total, currency):
    with pytest.raises(RuleBroken):
        costs.record_invoice(actor=purse, period_id=period.pk, total=total, currency=currency)
    assert events() == []


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR])
def test_who_has_no_right_closes_nothing(period, role):
    with pytest.raises(NotPermitted):
        closed(access.actor(access.person(role)), period)


def test_reopening_takes_a_reason_evidence_and_somebody_else(purse, other, period):
    closed(purse, period)
    with pytest.raises(RuleBroken, match="written request"):
        costs.ask_reopening(actor=purse, period_id=period.pk, reason="Late credit", evidence="")
    costs.ask_reopening(
        actor=purse, period_id=period.pk, reason="Late credit", evidence="Ticket 4711 of Cloud"
    )
    with pytest.raises(Conflict):
        costs.ask_reopening(actor=other, period_id=period.pk, reason="x", evidence="y")
    with pytest.raises(NotPermitted) as refused:
        costs.grant_reopening(actor=purse, period_id=period.pk, proof=proof(purse))
    assert refused.value.code == "own-reopening"
    with pytest.raises(NotPermitted):
        costs.grant_reopening(actor=other, period_id=period.pk, proof=None)
    row = costs.grant_reopening(actor=other, period_id=period.pk, proof=proof(other))
    assert (row.state, row.reopened_by_id, row.snapshot_digest) == ("open", other.id, "")
    assert row.reopen_evidence == "Ticket 4711 of Cloud"
    assert events() == ["period.closed", "reopening.asked", "period.reopened"]
    again = closed(purse, period)
    assert again.state == PeriodState.CLOSED


def test_reopening_can_be_refused_and_cannot_be_granted_unasked(purse, other, period):
    with pytest.raises(Conflict, match="not closed"):
        costs.ask_reopening(actor=purse, period_id=period.pk, reason="x", evidence="y")
    closed(purse, period)
    with pytest.raises(Conflict, match="Nobody has asked"):
        costs.grant_reopening(actor=other, period_id=period.pk, proof=proof(other))
    costs.ask_reopening(actor=purse, period_id=period.pk, reason="x", evidence="y")
    costs.refuse_reopening(actor=other, period_id=period.pk, reason="The issuer did not.")
    period.refresh_from_db()
    assert (period.state, period.reopen_asked_by_id) == (PeriodState.CLOSED, None)
    assert events()[-1] == "reopening.refused"
