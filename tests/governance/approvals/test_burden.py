"""What approvals cost: hours, checks, waiting; and gates that never refused anything."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.approvals.kinds import Choice
from governance.approvals.models import ApprovalCase
from governance.approvals.querysets import burden, refusals
from governance.approvals.rules.burden import Gate, Rate, Span, case_at, delay, price, waited
from governance.costs import commands as costs
from governance.costs.importing import import_batch
from governance.costs.kinds import Grade, Kind
from governance.costs.models import BenefitClaim, ComputeRate
from governance.costs.rules.value import Claimed, Range, daily
from governance.kernel.actor import system_actor
from governance.kernel.errors import DomainError, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger import reading
from governance.ledger.proofs import head_position
from tests.factories import access
from tests.factories import approvals as cases
from tests.factories import catalog as things

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


# -- Rules -----------------------------------------------------------------------------------------


def test_what_happens_before_a_decision_is_about_that_case():
    spans = [Span("b", NOON + 5 * DAY, None), Span("a", NOON, NOON + 2 * DAY)]
    at = [NOON - DAY, NOON + 2 * DAY, NOON + 3 * DAY, NOON + 9 * DAY]
    assert [case_at(spans, one) for one in at] == ["a", "a", "b", "b"]
    closed = [Span("a", NOON, NOON + 2 * DAY)]
    assert case_at(closed, NOON + 9 * DAY) == "a"
    assert case_at([], NOON) is None


def test_delay_is_days_times_the_benefit_of_a_day():
    wait = waited(NOON, None, NOON + 36 * HOUR)
    assert delay(wait, {"USD": 100, "EUR": 0}) == {"USD": 150}
    assert waited(None, None, NOON) == dt.timedelta()
    assert waited(NOON, NOON + DAY, NOON + 9 * DAY) == DAY


def test_checks_are_priced_at_the_rate_of_their_day_and_not_before_any():
    rates = [Rate(NOON, "USD", 4 * UNIT), Rate(NOON - DAY, "USD", 2 * UNIT)]
    assert price(1800, NOON, rates) == ("USD", 2 * UNIT)
    assert price(1800, NOON - HOUR, rates) == ("USD", UNIT)
    assert price(1800, NOON - 2 * DAY, rates) is None


def test_a_gate_that_never_refused_may_still_refuse_the_less_the_more_it_was_asked():
    assert Gate("g", "k", 59, 0).percent == 5
    assert Gate("g", "k", 1, 0).percent == 95
    assert (Gate("g", "k", 9, 1).never, Gate("g", "k", 9, 1).at_most) == (False, None)
    assert Gate("g", "k", 0, 0).never is False


def _claim(start: int, end: int, point: int, *, attested: bool = True) -> Claimed:
    days = [NOON.date() + dt.timedelta(days=n) for n in (start, end)]
    return Claimed(Grade.A, *days, Range(point, point, 2 * point), attested=attested)


def test_claims_of_the_same_days_add_up_and_later_ones_do_not():
    assert daily([_claim(0, 10, 100), _claim(0, 10, 50)]) == Range(15, 15, 30)
    assert daily([_claim(0, 10, 100), _claim(10, 20, 100)]) == Range(10, 10, 20)
    assert daily([_claim(0, 10, 100, attested=False)]) == Range()


# -- Reading ---------------------------------------------------------------------------------------


@pytest.fixture
def bench(db):
    return cases.bench()


@pytest.fixture
def manager(bench):
    return access.person(Role.MANAGER, team=bench.subject.team)


def read(person):
    now = timezone.now()
    rows = burden.visible(access.actor(person))
    return burden.case_costs(rows, now - 365 * DAY, now + DAY, now + DAY)


def entered(bench, hours: str = "6", rate: str = "90") -> None:
    """Hours of validation, entered by hand and taken as a bill."""
    costs.ensure_targets(actor=system_actor(), subject_id=bench.version.pk)
    today = timezone.localdate()
    version = bench.version
    row = {
        "target": f"{version.model.public_id}/v{version.number}/validate",
        "kind": "labour",
        "start": str(today),
        "currency": "EUR",
        "hours": hours,
        "rate": rate,
    }
    purse = access.actor(access.person(Role.MANAGER))
    import_batch(costs.record_entries(actor=purse, rows=[row]).row.pk)


def ran(bench, seconds: int = 1800) -> None:
    run = AuditRun.objects.filter(version=bench.version)
    end = timezone.now()
    run.update(started_at=end - dt.timedelta(seconds=seconds), finished_at=end)


def rate(amount: int = 4 * UNIT, start: dt.date | None = None, **changes):
    values = {
        "actor": changes.pop("actor", None) or access.actor(access.person(Role.MANAGER)),
        "start": start or timezone.localdate() - DAY,
        "currency": "USD",
        "amount": amount,
        "origin": "The machine's price",
    }
    return costs.record_compute_rate(**values | changes)


def benefit(bench, person, **about) -> None:
    """A claim on the bench's model, or on what ``about`` names."""
    today = timezone.localdate()
    BenefitClaim.objects.create(
        number=1,
        **(about or {"model": bench.version.model}),
        team=bench.version.model.team,
        benefit="Less fraud",
        start=today - 10 * DAY,
        end=today,
        method="Declared",
        currency="USD",
        low=UNIT,
        point=100 * UNIT,
        high=200 * UNIT,
        grade="c",
        state="attested",
        created_by_id=person.pk,
    )


def test_a_case_carries_its_hours_its_checks_and_what_waiting_kept_back(bench, manager):
    case = cases.submitted(bench)
    entered(bench)
    ran(bench)
    rate()
    benefit(bench, manager)
    ApprovalCase.objects.filter(pk=case.pk).update(submitted_at=timezone.now() - 2 * DAY)
    (found,) = read(manager)
    spent = found.spent
    assert (spent.hours, spent.labour) == (6 * UNIT, {"EUR": 540 * UNIT})
    assert (spent.runs, spent.compute) == (1, {"USD": 2 * UNIT})
    assert found.days == pytest.approx(3, abs=0.01)
    assert found.delay["USD"] == pytest.approx(60 * UNIT, rel=0.01)  # the high end, 20 a day


def waiting(bench) -> None:
    case = cases.submitted(bench)
    ApprovalCase.objects.filter(pk=case.pk).update(submitted_at=timezone.now() - 2 * DAY)


def test_a_version_waits_for_what_it_brings_and_not_for_what_another_does(bench, manager):
    waiting(bench)
    other = things.version(bench.version.model)
    benefit(bench, manager, model=other.model, version=other)
    assert read(manager)[0].delay == {}
    BenefitClaim.objects.update(version=bench.version)
    assert read(manager)[0].delay["USD"] == pytest.approx(60 * UNIT, rel=0.01)


def test_a_use_cases_benefit_waits_for_its_only_model_alone(bench, manager):
    waiting(bench)
    use_case = bench.version.model.use_case
    benefit(bench, manager, use_case=use_case)
    assert read(manager)[0].delay["USD"] == pytest.approx(60 * UNIT, rel=0.01)
    things.model(use_case.team, use_case=use_case)
    assert read(manager)[0].delay == {}


def test_without_a_rate_or_a_benefit_nothing_is_made_up(bench, manager):
    cases.submitted(bench)
    ran(bench)
    (found,) = read(manager)
    assert (found.spent.compute, found.spent.seconds) == ({}, pytest.approx(1800))
    assert (found.delay, found.spent.labour) == ({}, {})


def test_another_teams_cases_are_not_seen(bench):
    cases.submitted(bench)
    assert read(access.person(Role.MANAGER, team=access.team())) == []


def test_gates_are_counted_and_the_silent_ones_come_first(bench, manager):
    cases.decided(bench, Choice.AGAINST)
    rows = burden.visible(access.actor(manager))
    found = {gate.name: gate for gate in refusals.gates(rows.cases, timezone.now() + DAY)}
    opinion, decision = found["Validator's opinion"], found["Risk officer's decision"]
    assert (opinion.asked, opinion.refused) == (1, 0)
    assert (decision.asked, decision.refused) == (1, 1)
    rules = [gate for gate in found.values() if gate.kind == "Rule of the policy"]
    assert rules
    assert all(gate.asked == 1 for gate in rules)
    silent = [gate.never for gate in refusals.gates(rows.cases, timezone.now() + DAY)]
    assert silent == sorted(silent, reverse=True)
    assert refusals.gates(rows.cases, timezone.now() - DAY) == []


def test_more_cases_take_no_more_queries(bench, manager):
    def count() -> int:
        with CaptureQueriesContext(connection) as told:
            read(manager)
        return len(told)

    cases.submitted(bench)
    entered(bench)
    before = count()
    first = ApprovalCase.objects.get()
    for number in (901, 902):
        first.pk, first.number, first.state = None, number, "rejected"
        first.decided_at = timezone.now()
        first.save()
    assert len(read(manager)) == 3
    assert count() == before


# -- The rate --------------------------------------------------------------------------------------


def _stand():
    return head_position(), list(ComputeRate.objects.order_by("pk").values())


def _refused(error: type[DomainError], act) -> None:
    before = _stand()
    with pytest.raises(error):
        act()
    assert _stand() == before


@pytest.mark.embedded
@pytest.mark.django_db
def test_a_rate_is_stated_told_and_not_twice():
    purse = access.actor(access.person(Role.MANAGER))
    row = rate(actor=purse)
    (event,) = reading.history([row.pk])
    assert (event.kind, event.body["amount"]) == (Kind.COMPUTE_RATE_RECORDED, "4")
    before = _stand()
    assert rate(actor=purse).pk == row.pk
    assert _stand() == before
    assert rate(5 * UNIT, actor=purse).pk != row.pk


@pytest.mark.django_db
def test_a_rate_is_a_price_in_a_currency_stated_for_the_whole_organisation():
    purse = access.actor(access.person(Role.MANAGER))
    own = access.actor(access.person(Role.MANAGER, team=access.team()))
    for changes in ({"amount": 0}, {"currency": "XXX"}, {"origin": " "}):
        _refused(RuleBroken, lambda changes=changes: rate(actor=purse, **changes))
    _refused(NotPermitted, lambda: rate(actor=own))


# -- Doors -----------------------------------------------------------------------------------------


def test_the_page_shows_each_case_and_the_gates(client, bench, manager):
    access.signed_in(client, manager)
    assert "No case was open" in client.get("/cases/costs/").content.decode()
    case = cases.decided(bench, Choice.AGAINST)
    entered(bench)
    text = client.get("/cases/costs/").content.decode()
    for told in (case.public_id, "540.00", "no attested benefit", "Never refused"):
        assert told in text
    listed = b"".join(client.get("/cases/costs/", {"format": "csv"}).streaming_content).decode()
    assert "540 EUR" in listed
    gates = b"".join(client.get("/cases/costs/", {"format": "gates"}).streaming_content).decode()
    assert "Validator's opinion,Person,1,0,0.950" in gates


def test_costs_of_approvals_and_rates_over_rest(bench, manager):
    cases.submitted(bench)
    ran(bench)
    purse = access.api_client(access.person(Role.MANAGER))
    body = {"start": "2026-01-01", "currency": "USD", "amount": "4", "origin": "The price"}
    made = purse.post("/api/v1/costs/compute-rates/", body, format="json")
    assert made.status_code == 201, made.content
    (listed,) = purse.get("/api/v1/costs/compute-rates/").json()["items"]
    assert listed["amount"] == "4"
    today = timezone.localdate()
    days = {"start": str(today - DAY), "end": str(today + DAY)}
    found = access.api_client(manager).get("/api/v1/cases/costs/", days).json()
    assert found["items"][0]["checks_estimated"] == {"USD": "2"}
    assert {gate["kind"] for gate in found["gates"]} == {"Rule of the policy"}
    assert access.api_client(manager).get("/api/v1/cases/costs/").status_code == 400


@pytest.mark.django_db
def test_a_rate_is_stated_on_its_page(client):
    access.signed_in(client, access.person(Role.MANAGER))
    url = "/costs/rates/compute/new/"
    sent = {"start": "2026-01-01", "amount": "0.4", "currency": "USD", "origin": "The price"}
    assert client.post(url, sent | {"amount": "0"}).status_code == 422
    assert client.post(url, sent)["Location"] == "/costs/rates/"
    assert "0.40 USD" in client.get("/costs/rates/").content.decode()
