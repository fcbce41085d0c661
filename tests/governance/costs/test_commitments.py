"""What was bought in advance: stated by its own dataset, held together over its whole term."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.kinds import BatchState, TermState
from governance.costs.rules.commitments import Term, judge
from governance.costs.rules.invariants import commitments, publishable
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from governance.ledger.models import Body
from tests.factories import access
from tests.factories import costs as bills

JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 1) for month in (1, 2, 3))
HEAD = (
    "ContractCommitmentId,ContractId,ContractCommitmentPeriodStart,ContractCommitmentPeriodEnd,"
    "BillingCurrency,ContractCommitmentCost,InvoiceIssuerName,ContractCommitmentStatus"
)
EVERYTHING = {"priority": 1, "method": "direct", "targets": [{"target": "organisation"}]}


def stated(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows, ""]).encode()


def term(**changes: object) -> Term:
    months = {JANUARY: (10 * UNIT, 4 * UNIT), FEBRUARY: (0, 6 * UNIT)}
    usual = {"start": JANUARY, "end": MARCH, "months": months}
    return Term("plan", "USD", **(usual | changes))


def test_before_the_end_of_its_term_it_is_open() -> None:
    found = judge(term(), JANUARY, [])
    assert (found.state, found.words, found.holds) == (
        TermState.OPEN,
        "open until 2026-02-28",
        None,
    )


def test_over_its_whole_term_what_was_used_is_what_was_bought() -> None:
    assert judge(term(), FEBRUARY, []).holds is True
    less = term(months={JANUARY: (10 * UNIT, 9 * UNIT)})
    found = judge(less, FEBRUARY, [])
    assert (found.state, found.holds) == (TermState.DIFFERS, False)
    assert "-1.00 USD" in found.words


def test_a_month_without_a_published_run_leaves_it_open() -> None:
    unknown = term().unknown_months({JANUARY: ()})
    assert unknown == [FEBRUARY]
    found = judge(term(), FEBRUARY, unknown)
    assert (found.holds, "no published run for 2026-02" in found.words) == (None, True)
    assert judge(term(start=None, end=None), FEBRUARY, []).state == TermState.UNKNOWN


def test_the_check_warns_and_keeps_nothing_from_being_published() -> None:
    less = term(months={JANUARY: (10 * UNIT, 9 * UNIT)})
    found = commitments(
        {("plan", "USD"): (0, UNIT)}, {("plan", "USD"): (less, judge(less, FEBRUARY, []))}
    )
    assert (found["holds"], publishable([found])) == (False, True)
    assert found["rows"][0]["term_purchased"] == "10"


@pytest.mark.django_db(transaction=True)
@pytest.mark.embedded
class TestDataset:
    def test_commitments_are_taken_in_as_rows_of_their_own(self, manager: User) -> None:
        source = bills.source(manager)
        row = "plan-1,c-9,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,USD,1200.5,Cloud,Active"
        batch = bills.imported(manager, source, stated(row))
        assert (batch.state, batch.rows_accepted, batch.rows_rejected) == ("accepted", 1, 0)
        found = models.ContractCommitment.objects.get()
        assert (found.commitment, found.contract, found.currency) == ("plan-1", "c-9", "USD")
        assert (found.start, found.end, found.cost) == (
            JANUARY,
            dt.date(2027, 1, 1),
            1200 * UNIT + UNIT // 2,
        )
        body = Body.objects.filter(entry__kind="costs.batch.accepted").latest("entry_id").data
        assert (body["statements"], body["digest"]) == (1, batch.digest)

    def test_rows_that_cannot_be_taken_are_listed(self, manager: User) -> None:
        good = "plan-1,,2026-01-01,2026-03-01,USD,,,"
        bad = (
            ",,2026-01-01,2026-03-01,USD,,,",
            "plan-2,,soon,2026-03-01,USD,,,",
            "plan-3,,2026-03-01,2026-01-01,USD,,,",
            "plan-4,,2026-01-01,2026-03-01,XXX,,,",
            "plan-5,,2026-01-01,2026-03-01,USD,many,,",
        )
        batch = bills.imported(manager, bills.source(manager), stated(good, *bad))
        assert (batch.state, batch.rows_accepted, batch.rows_rejected) == ("accepted", 1, 5)
        codes = [row.codes for row in batch.rejected.order_by("line_no")]
        assert codes == [
            ["no-commitment"],
            ["unreadable-date"],
            ["bad-period"],
            ["bad-currency"],
            ["unreadable-amount"],
        ]

    def test_nothing_usable_or_no_term_at_all_is_refused(self, manager: User) -> None:
        source = bills.source(manager)
        batch = bills.imported(manager, source, b"ContractCommitmentId,ContractId\n1,2\n")
        assert (batch.state, batch.facts["code"]) == (BatchState.REFUSED, "missing-columns")
        assert "ContractCommitmentPeriodEnd" in batch.reason
        empty = bills.imported(manager, source, stated(",,2026-01-01,2026-03-01,USD,,,"))
        assert (empty.state, empty.facts["code"]) == (BatchState.REFUSED, "no-rows")
        assert not models.ContractCommitment.objects.exists()

    def test_the_last_file_speaks_and_the_first_stays_readable(self, manager: User) -> None:
        source = bills.source(manager)
        for end in ("2026-03-01", "2026-04-01"):
            bills.imported(manager, source, stated(f"plan-1,,2026-01-01,{end},USD,,,"))
        assert models.ContractCommitment.objects.count() == 2
        assert models.ContractCommitment.objects.speaking().get().end == dt.date(2026, 4, 1)

    def test_bills_are_held_together_over_the_term(
        self, manager: User, other: User, client: Client
    ) -> None:
        costs.ensure_targets(actor=system_actor())
        source = bills.source(manager, delivery="append")
        bills.imported(manager, source, stated("plan-1,,2026-01-01,2026-03-01,USD,10,Cloud,"))
        bills.in_force(manager, other, EVERYTHING)
        bought = {"ChargeCategory": "Purchase", "BilledCost": "10", "EffectiveCost": "0"}
        used = {"BilledCost": "0", "CommitmentDiscountStatus": "Used"}
        left = {"BilledCost": "0", "CommitmentDiscountStatus": "Unused"}
        months = {
            JANUARY: [bought, used | {"EffectiveCost": "6"}],
            FEBRUARY: [used | {"EffectiveCost": "3"}, left | {"EffectiveCost": "1"}],
        }
        words = []
        for month, rows in months.items():
            self._deliver(manager, source, month, rows)
            run = bills.allocated(manager, month)
            costs.publish_run(actor=access.actor(manager), run_id=run.pk)
            check = next(one for one in run.invariants if one["check"] == "commitments")
            words.append((check["holds"], check["rows"][0]["term"]))
        assert words == [
            (None, "open until 2026-02-28"),
            (True, "ended on 2026-02-28, used up exactly"),
        ]
        assert (check["rows"][0]["purchased"], check["rows"][0]["term_purchased"]) == ("0", "10")
        access.signed_in(client, manager)
        page = client.get(reverse("costs:commitment-list")).content.decode()
        assert "used up exactly" in page
        told = access.api_client(manager).get("/api/v1/costs/commitments/").json()["items"]
        assert [(one["state"], one["bought"], one["used"]) for one in told] == [
            ("whole", "10", "10")
        ]

    def test_who_sees_one_teams_costs_sees_no_commitment(self, manager: User) -> None:
        bills.imported(
            manager, bills.source(manager), stated("plan-1,,2026-01-01,2026-03-01,USD,,,")
        )
        owner = access.person(Role.MANAGER, team=access.team())
        items = access.api_client(owner).get("/api/v1/costs/commitments/").json()["items"]
        assert items == []

    def _deliver(self, person, source, month, rows) -> None:
        following = (month + dt.timedelta(days=32)).replace(day=1)
        when = {
            "BillingPeriodStart": f"{month}T00:00:00Z",
            "BillingPeriodEnd": f"{following}T00:00:00Z",
            "ChargePeriodStart": f"{month}T00:00:00Z",
            "ChargePeriodEnd": f"{month}T01:00:00Z",
            "CommitmentDiscountId": "plan-1",
            "CommitmentDiscountStatus": "",
        }
        batch = bills.imported(person, source, bills.focus_csv(*[when | row for row in rows]))
        assert batch.state == "accepted", batch.reason
