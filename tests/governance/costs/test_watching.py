"""The daily look: anomalies told once, forecasts frozen and scored, budgets that run out."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs import watching
from governance.costs.commands.rollup import sum_months
from governance.costs.kinds import AnomalyState, Kind
from governance.costs.models import (
    AllocationRun,
    BudgetAlert,
    ChargeDay,
    CostAnomaly,
    ForecastRun,
    Target,
)
from governance.costs.querysets import series
from governance.costs.rules.drafts import draft
from governance.costs.rules.events import Known
from governance.flows.reactions import REACTIONS
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, Missing, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from tests.factories import access, catalog
from tests.factories.plans import FIRST, charge_days, plan, steady

pytestmark = pytest.mark.django_db

DAYS = 110
SPIKE = 100  # a settled day, the 101st


@pytest.fixture
def version():
    made = catalog.version()
    costs.ensure_targets(actor=system_actor())
    return made


@pytest.fixture
def person():
    return access.person(Role.MANAGER)


def serve(version) -> Target:
    return Target.objects.get(key=f"{version.model.public_id}/v{version.number}/serve")


def spiked(count: int = DAYS, at: int = SPIKE, by: float = 300.0) -> list[float]:
    amounts = steady(count)
    amounts[at] += by
    return amounts


def day(place: int) -> dt.date:
    return FIRST + dt.timedelta(days=place)


def detected() -> int:
    return Entry.objects.filter(kind=Kind.ANOMALY_DETECTED).count()


def charge(version, phase, amounts, person):
    key = f"{version.model.public_id}/v{version.number}/{phase}"
    charge_days(Target.objects.get(key=key), amounts, person.pk)


def test_without_a_published_run_nothing_is_looked_at(django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        assert watching.watch() == watching.Watched()


@pytest.mark.embedded
def test_a_spike_is_told_at_the_lowest_target_once(version, person):
    charge(version, "serve", spiked(), person)
    charge(version, "train", steady(DAYS, 50), person)
    watching.watch(most=0)
    row = CostAnomaly.objects.select_related("target").get()
    assert (row.target, row.day, row.state) == (serve(version), day(SPIKE), AnomalyState.OPEN)
    assert 290 * UNIT < row.actual - row.expected < 310 * UNIT
    again = watching.watch(most=0)
    assert (again.opened, again.restated, detected()) == (0, 0, 1)


def test_opposite_moves_that_hide_each_other_are_found_at_the_leaves(version, person):
    charge(version, "serve", spiked(by=80), person)
    charge(version, "train", spiked(by=-80), person)
    watching.watch(most=0)
    found = CostAnomaly.objects.values_list("target__phase", "day")
    assert set(found) == {("serve", day(SPIKE)), ("train", day(SPIKE))}


def test_a_day_inside_the_settlement_lag_is_waited_for(version, person):
    charge(version, "serve", spiked(at=DAYS - 2), person)
    watching.watch(most=0)
    assert not CostAnomaly.objects.exists()


def test_a_step_is_told_on_its_first_day_only(version, person):
    charge(version, "serve", [*steady(90), *steady(20, 250)], person)
    watching.watch(most=0)
    assert [row.day for row in CostAnomaly.objects.all()] == [day(90)]


def test_a_restatement_changes_the_figures_and_alarms_nobody_again(version, person):
    charge(version, "serve", spiked(), person)
    watching.watch(most=0)
    row = CostAnomaly.objects.get()
    costs.answer_anomaly(
        actor=access.actor(person),
        anomaly_id=row.pk,
        state="explained",
        explanation="A retraining that was planned.",
        link="/runs/of-the-day/",
    )
    ChargeDay.objects.filter(day=day(SPIKE)).update(effective=150 * UNIT)
    done = watching.watch(most=0)
    row.refresh_from_db()
    assert (done.opened, done.restated, detected()) == (0, 1, 1)
    assert (row.actual, row.state) == (150 * UNIT, AnomalyState.EXPLAINED)
    assert row.restated_at is not None


def test_explained_needs_a_link_and_is_said_once(version, person):
    charge(version, "serve", spiked(), person)
    watching.watch(most=0)
    row = CostAnomaly.objects.get()
    actor = access.actor(person)
    said = {"actor": actor, "anomaly_id": row.pk, "explanation": "A retraining."}
    for link in ("", "javascript:alert(1)", "//evil.example", "see mail"):
        with pytest.raises(RuleBroken) as refused:
            costs.answer_anomaly(**said, state="explained", link=link)
        assert "link" in refused.value.errors
    costs.answer_anomaly(**said, state="acknowledged")
    costs.answer_anomaly(**said, state="explained", link="https://tracker.example/CHG-1")
    with pytest.raises(Conflict):
        costs.answer_anomaly(**said, state="false_alarm")
    assert Entry.objects.filter(kind=Kind.ANOMALY_EXPLAINED).count() == 1


def test_who_sees_no_costs_answers_no_anomaly(version, person):
    charge(version, "serve", spiked(), person)
    watching.watch(most=0)
    row = CostAnomaly.objects.get()
    said = {"anomaly_id": row.pk, "state": "acknowledged"}
    auditor = access.actor(access.person(Role.AUDITOR))
    with pytest.raises(NotPermitted):
        costs.answer_anomaly(actor=auditor, **said)
    stranger = access.actor(access.person(Role.MANAGER, team=access.team()))
    with pytest.raises(Missing):
        costs.answer_anomaly(actor=stranger, **said)
    row.refresh_from_db()
    assert row.state == AnomalyState.OPEN


@pytest.mark.embedded
def test_forecasts_are_frozen_for_each_level_and_not_again_before_a_week_has_settled(
    version, person
):
    charge(version, "serve", steady(DAYS), person)
    first = watching.watch()
    assert first.frozen == 5  # phase, model, project, team, all
    run = ForecastRun.objects.get(target=serve(version))
    assert run.cutoff == day(DAYS - 1 - 3)
    assert (run.horizon, len(run.points), run.low_confidence) == (30, 30, False)
    assert run.low <= run.point <= run.high
    assert 2900 * UNIT < run.point < 3100 * UNIT
    assert watching.watch().frozen == 0


def test_short_history_gives_a_mean_of_low_confidence_without_interval(version, person):
    charge(version, "serve", steady(30), person)
    watching.watch()
    run = ForecastRun.objects.get(target=serve(version))
    assert run.low_confidence
    assert (run.low, run.high, run.coverage) == (None, None, None)


def test_a_forecast_is_scored_when_its_days_have_settled_and_only_then(version, person):
    charge(version, "serve", steady(DAYS), person)
    made = draft(series.daily(serve(version))["USD"], "USD", "effective")
    run = costs.freeze_forecast(actor=system_actor(), target_id=serve(version).pk, draft=made)
    later = steady(DAYS + 30)[DAYS:]
    charge_days(serve(version), later[:-1], person.pk, first=day(DAYS))
    watching.watch(most=0)
    run.refresh_from_db()
    assert run.scored_at is None
    charge_days(serve(version), later[-1:], person.pk, first=day(DAYS + 29))
    assert watching.watch(most=0).scored == 1
    run.refresh_from_db()
    first = day(DAYS - 3)
    assert run.actual == series.daily(serve(version))["USD"].between(
        first, first + dt.timedelta(days=30)
    )
    assert run.held is True
    assert run.error == pytest.approx((run.point - run.actual) / run.actual)
    assert watching.watch(most=0).scored == 0


def test_a_forecast_of_what_nobody_charged_any_more_is_scored_as_nothing_spent(version, person):
    charge(version, "serve", steady(90), person)
    charge(version, "train", steady(DAYS), person)
    made = draft(series.daily(serve(version))["USD"], "USD", "effective")
    run = costs.freeze_forecast(actor=system_actor(), target_id=serve(version).pk, draft=made)
    train = Target.objects.get(key=serve(version).key.replace("serve", "train"))
    charge_days(train, steady(29), person.pk, first=day(DAYS))
    assert watching.watch(most=0).scored == 0
    charge_days(train, steady(1), person.pk, first=day(DAYS + 29))
    assert watching.watch(most=0).scored == 1
    run.refresh_from_db()
    assert (run.actual, run.error) == (0, None)


def test_what_is_billed_is_forecast_again_only_when_another_bill_stands(version, person):
    charge(version, "serve", steady(DAYS), person)
    for month in AllocationRun.objects.all():
        sum_months(month.pk)
    actor = access.actor(person)
    billed = plan(basis="billed")
    row = costs.set_budget(actor=actor, target_id=serve(version).pk, plan=billed)
    other = access.actor(access.person(Role.FINANCE_ATTESTER))
    costs.approve_budget(actor=other, proof=access.proof(other), budget_id=row.pk)
    watching.watch()
    run = ForecastRun.objects.get(target=serve(version), basis="billed")
    assert run.cutoff == dt.date(2025, 12, 31)
    assert watching.watch().frozen == 0


def test_known_events_are_terms_of_their_own_and_go_on_into_the_next_forecast(version, person):
    charge(version, "serve", steady(DAYS), person)
    daily = series.daily(serve(version))["USD"]
    event = Known("New endpoint", day(DAYS + 15), day(DAYS + 400), 10 * UNIT)
    plain = draft(daily, "USD", "effective")
    made = draft(daily, "USD", "effective", (event,))
    assert made.points == plain.points
    assert made.point - plain.point == int(made.events[0]["amount"]) * UNIT
    costs.freeze_forecast(actor=access.actor(person), target_id=serve(version).pk, draft=made)
    charge_days(serve(version), steady(8), person.pk, first=day(DAYS))
    watching.watch()
    run = ForecastRun.objects.filter(target=serve(version)).order_by("cutoff").last()
    assert run.cutoff == day(DAYS + 4)
    assert [one["label"] for one in run.events] == ["New endpoint"]


def test_the_same_forecast_twice_is_the_one_that_is_there(version, person):
    charge(version, "serve", steady(DAYS), person)
    made = draft(series.daily(serve(version))["USD"], "USD", "effective")
    rows = [
        costs.freeze_forecast(actor=system_actor(), target_id=serve(version).pk, draft=made)
        for _ in range(2)
    ]
    assert rows[0] == rows[1]
    assert Entry.objects.filter(kind=Kind.FORECAST_FROZEN).count() == 1


def test_who_sets_no_budget_freezes_no_forecast(version, person):
    charge(version, "serve", steady(DAYS), person)
    made = draft(series.daily(serve(version))["USD"], "USD", "effective")
    developer = access.actor(access.person(Role.DEVELOPER))
    with pytest.raises(NotPermitted):
        costs.freeze_forecast(actor=developer, target_id=serve(version).pk, draft=made)
    assert not ForecastRun.objects.exists()


@pytest.mark.embedded
def test_budgets_cross_by_actual_and_by_forecast(version, person):
    charge(version, "serve", steady(DAYS), person)  # to 18 January, 100 a day
    other = access.actor(access.person(Role.FINANCE_ATTESTER))
    row = costs.set_budget(
        actor=access.actor(person), target_id=serve(version).pk, plan=plan(amount=2500 * UNIT)
    )
    costs.approve_budget(actor=other, proof=access.proof(other), budget_id=row.pk)
    done = watching.watch()
    told = set(BudgetAlert.objects.values_list("measure", "threshold"))
    assert told == {("actual", 50), ("forecast", 100)}
    assert done.crossed == 2
    assert watching.watch().crossed == 0


def test_the_command_says_what_it_did(version, person):
    charge(version, "serve", spiked(), person)
    out = StringIO()
    call_command("watch_costs", "--most", "0", stdout=out)
    assert "1 anomalies opened" in out.getvalue()


def test_a_published_run_is_followed_by_a_look():
    reaction = next(one for one in REACTIONS if one.name == "watch-spending")
    assert reaction.on == {Kind.RUN_PUBLISHED.value}
