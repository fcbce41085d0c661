"""Use, calls, approval and money held against each other, on rows as the apps keep them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.approvals.models import ApprovalCase
from governance.costs import commands as costs
from governance.costs.kinds import BudgetState, HintKind, HintState
from governance.costs.models import (
    AllocatedCharge,
    AllocationRun,
    BatchPart,
    Budget,
    CostHint,
    CostLine,
    CostSlice,
    CostSource,
    Target,
    UsageMetric,
)
from governance.flows import watching
from governance.flows.reactions import REACTIONS
from governance.flows.tasks import watch_costs
from governance.flows.watching import accounts
from governance.flows.watching.spans import span_of
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from inventory.catalog import commands as catalog_commands
from inventory.catalog.rules.fields import DeploymentFields
from tests.factories import approvals as cases
from tests.factories import costs as bills
from tests.factories import spend
from tests.factories import value as made
from tests.factories.plans import plan

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def market():
    return made.Market()


def deployed(market, days_ago: int = 40) -> None:
    from tests.factories import catalog

    catalog_commands.record_deployment(
        actor=catalog.builder(market.model.team),
        version_id=market.version.pk,
        fields=DeploymentFields(
            target="kubernetes/scoring", valid_from=timezone.now() - days_ago * DAY
        ),
    )


def used(market, day: dt.date, quantity: int, unit: str = "predictions") -> None:
    UsageMetric.objects.create(
        version=market.version,
        day=day,
        unit=unit,
        origin="gateway",
        quantity=quantity * UNIT,
        recorded_by_id=market.manager.pk,
    )


def paid(market, today: dt.date, amount: str = "30", days: int = 10) -> None:
    """Serving paid for on each of the last ``days``, today included."""
    run = spend.run(today.replace(day=1), market.manager.pk)
    for ago in range(days):
        spend.charged(run, spend.of_version(market.version), amount, day=today - ago * DAY)


def kinds(today: dt.date) -> dict[str, CostHint]:
    watching.watch(today)
    return {row.kind: row for row in CostHint.objects.all()}


@pytest.mark.embedded
def test_an_endpoint_that_is_paid_for_and_not_called_is_idle(market, today):
    deployed(market)
    paid(market, today)
    found = kinds(today)
    assert set(found) == {HintKind.IDLE_ENDPOINT}
    assert found[HintKind.IDLE_ENDPOINT].money == 300 * UNIT
    assert found[HintKind.IDLE_ENDPOINT].target.version_id == market.version.pk
    assert watching.watch(today) == 0


def test_a_deployment_that_nobody_calls_or_pays_for_is_a_zombie(market, today):
    deployed(market)
    paid(made.Market(), today)  # there are bills, and none of them is about it
    assert HintKind.ZOMBIE in kinds(today)


def test_without_any_bill_silence_means_nothing(market, today):
    deployed(market)
    assert kinds(today) == {}


def test_bills_that_come_late_are_held_against_the_usage_of_their_days(market, today):
    """The bill ends 40 days ago; the calls of those days make it no idle endpoint."""
    deployed(market, days_ago=200)
    then = today - 40 * DAY
    paid(market, then)
    used(market, then - DAY, 5000)
    assert HintKind.IDLE_ENDPOINT not in kinds(today)


def budgeted(target: Target, person, today: dt.date) -> None:
    """An approved budget of a year for the target."""
    row = costs.set_budget(
        actor=person,
        target_id=target.pk,
        plan=plan(start=today - 100 * DAY, end=today + 265 * DAY),
    )
    Budget.objects.filter(pk=row.pk).update(state=BudgetState.APPROVED)


def test_what_goes_live_is_asked_for_a_budget_that_covers_it(market, today):
    deployed(market, days_ago=1)
    other = made.Market()
    spend.of_version(market.version), spend.of_version(other.version)
    costs.ensure_targets(actor=system_actor())
    target = Target.objects.filter
    assert HintKind.UNBUDGETED not in kinds(today)  # nobody plans by budgets yet
    budgeted(target(kind="model").get(model=other.model), other.actor, today)
    found = kinds(today)[HintKind.UNBUDGETED]
    assert found.target.version_id == market.version.pk
    CostHint.objects.all().delete()
    budgeted(target(kind="team").get(team=market.model.team), market.actor, today)
    assert HintKind.UNBUDGETED not in kinds(today)


def test_calls_on_days_without_an_approval_are_counted_from_the_first(market, today):
    deployed(market)
    paid(market, today)
    used(market, today - 2 * DAY, 300)
    used(market, today - DAY, 400)
    row = kinds(today)[HintKind.UNAPPROVED_CALLS]
    assert row.money == 60 * UNIT
    assert row.severity == "high"
    assert (
        f"First called without an approval in force on {today - 2 * DAY}"
        in row.evidence[0]["signs"]
    )
    assert "700 predictions on 2 such days since then" in row.evidence[0]["signs"]


def test_calls_on_the_days_of_an_approval_are_no_exception(today):
    case = cases.decided()
    market = made.Market(case.version)
    ApprovalCase.objects.filter(pk=case.pk).update(
        decided_at=timezone.now() - 5 * DAY, valid_until=today - 2 * DAY
    )
    deployed(market)
    paid(market, today)
    used(market, today - 3 * DAY, 100)
    assert HintKind.UNAPPROVED_CALLS not in kinds(today)
    used(market, today - DAY, 200)  # the approval has run out
    row = kinds(today)[HintKind.UNAPPROVED_CALLS]
    assert "200 predictions on 1 such days since then" in row.evidence[0]["signs"]


def test_calls_on_what_runs_nowhere_are_an_unregistered_deployment(market, today):
    used(market, today, 10)
    assert HintKind.UNREGISTERED_DEPLOYMENT in kinds(today)


def test_tokens_are_calls_too(market, today):
    paid(market, today)
    used(market, today, 9_000_000, "tokens")
    found = kinds(today)
    assert set(found) == {HintKind.UNAPPROVED_CALLS, HintKind.UNREGISTERED_DEPLOYMENT}
    signs = found[HintKind.UNAPPROVED_CALLS].evidence[0]["signs"]
    assert "9,000,000 tokens on 1 such days since then" in signs


def test_other_usage_is_no_report_of_calls(market, today):
    deployed(market)
    paid(market, today)
    used(market, today, 60, "gpu_seconds")
    signs = kinds(today)[HintKind.IDLE_ENDPOINT].evidence[0]["signs"]
    assert "Nobody has ever reported calls for it: see to that first" in signs


def test_a_version_that_costs_less_than_its_sources_floor_is_no_shadow_model(market, today):
    paid(market, today, amount="1")
    run = AllocationRun.objects.get(month=today.replace(day=1))
    charge = spend.charge(run, spend.of_version(market.version), "10", market.manager.pk)
    CostSource.objects.update(floor=10 * UNIT)
    assert kinds(today) == {}
    CostSource.objects.filter(pk=charge.slice.source_id).update(floor=9 * UNIT)
    assert set(kinds(today)) == {HintKind.SHADOW_MODEL}


def test_calls_that_cost_nothing_are_unmapped_spend(market, today):
    deployed(market)
    paid(made.Market(), today)
    used(market, today, 10)
    assert HintKind.UNMAPPED_SPEND in kinds(today)


def test_machines_that_are_reserved_and_hardly_used_are_too_large(market, today):
    deployed(market)
    paid(market, today)
    used(market, today, 5000)
    used(market, today, 1000, "gpu_seconds_reserved")
    used(market, today, 140, "gpu_seconds")
    row = kinds(today)[HintKind.OVERSIZED]
    assert row.money == 240 * UNIT


def test_a_model_that_costs_money_and_does_not_move_is_stuck(market, today):
    paid(market, today)
    later = today + 70 * DAY
    spend.run(later.replace(day=1), market.manager.pk)
    run = spend.run((later - 32 * DAY).replace(day=1), market.manager.pk)
    spend.target(market.model.public_id, "model", market.model.team, model=market.model)
    spend.charged(run, spend.of_version(market.version, "train"), "9", day=later)
    row = kinds(later)[HintKind.STUCK]
    assert row.money == 9 * UNIT
    assert row.subject == market.model.public_id


def test_a_case_that_waits_long_is_told_by_role_never_by_name(today):
    bench = cases.bench()
    case = cases.submitted(bench)
    case.steps.filter(state="open").update(opened_at=timezone.now() - 30 * DAY)
    market = made.Market(bench.version)
    paid(market, today)
    row = kinds(today)[HintKind.STUCK]
    assert "waited 30 days for a validator" in row.evidence[0]["signs"][0]
    assert bench.validator.name not in str(row.evidence)


@pytest.fixture
def shadow(market, today):
    """Ten days of unallocated model work in an account nobody knows."""
    bills.scattered(market.version, market.finance.pk)
    month = today.replace(day=1)
    run = spend.run(month, market.finance.pk)
    part = BatchPart.objects.get()
    piece = CostSlice.objects.get()
    CostSlice.objects.filter(pk=piece.pk).update(
        sub_account="000987",
        sub_account_name="web-shop",
        service="Amazon SageMaker",
        service_category="AI and Machine Learning",
        sku="ml.g5.xlarge-endpoint",
    )
    first = CostLine.objects.get()
    start = dt.datetime.combine(today - 9 * DAY, dt.time(12), dt.UTC)
    for number in range(10):
        CostLine.objects.create(
            id=first.pk + number + 1,
            part=part,
            slice=piece,
            charge_start=start + number * DAY,
            charge_end=start + number * DAY,
            billed=UNIT,
            effective=UNIT,
        )
    CostLine.objects.filter(pk=first.pk).delete()
    nobody = spend.target("unallocated/no_rule", "unallocated")
    AllocatedCharge.objects.create(
        run=run,
        slice=piece,
        part=part,
        target=nobody,
        reason="no_rule",
        lines=10,
        billed=10 * UNIT,
        effective=10 * UNIT,
    )
    spend.charged(run, nobody, "10", day=today, reason="no_rule")
    return market


def test_an_account_that_pays_for_unknown_model_work_is_asked(shadow, today):
    (found,) = accounts.facts(span_of(today))
    assert (found.account, found.account_name) == ("000987", "web-shop")
    assert found.days == 10
    assert set(found.signs) == {
        "Category AI and Machine Learning",
        "A service for models",
        "A GPU by its SKU",
    }
    row = kinds(today)[HintKind.SHADOW_MODEL]
    assert row.target is None
    assert row.money == 10 * UNIT


@pytest.mark.parametrize(
    ("resource", "signs"),
    [
        ("arn:aws:sagemaker:eu-1:12:endpoint/loans", {"An endpoint or a training job"}),
        ("projects/7/locations/eu/endpoints/42", {"An endpoint or a training job"}),
        ("/subscriptions/1/onlineEndpoints/loans/x", {"An endpoint or a training job"}),
        ("arn:aws:ec2:eu-1:12:vpc-endpoint/vpce-1", set()),
    ],
)
def test_an_endpoint_is_known_by_its_resource(shadow, today, resource, signs):
    plain = {"service": "Other", "service_category": "Other", "sku": "hours"}
    CostSlice.objects.update(resource=resource, **plain)
    assert {sign for found in accounts.facts(span_of(today)) for sign in found.signs} == signs


def test_unallocated_money_without_a_sign_is_no_shadow_model(shadow, today):
    CostSlice.objects.update(service="Amazon S3", service_category="Storage", sku="bytes")
    assert list(accounts.facts(span_of(today))) == []


def test_more_versions_take_no_more_queries(market, today):
    deployed(market)
    paid(market, today)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            watching.told(span_of(today))
        return len(seen)

    before = count()
    other = made.Market()
    deployed(other)
    used(other, today, 5)
    used(market, today, 5)
    assert count() <= before + 1  # the daily money of calls without approval


def test_a_published_run_and_the_clock_both_look():
    (reaction,) = [one for one in REACTIONS if one.name == "watch-costs"]
    assert reaction.on == {"costs.run.published"}


def test_the_task_opens_what_it_finds(market, today):
    deployed(market)
    paid(market, today)
    watch_costs()
    assert CostHint.objects.get().state == HintState.OPEN
