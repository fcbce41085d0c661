"""What runs, cases, money and usage say of whether work gets anywhere, read from their rows."""

import datetime as dt

import pytest
from django.utils import timezone

from audits.runs.models import AuditRun, CheckRun
from governance.access.kinds import Role
from governance.approvals.models import ApprovalCase
from governance.costs.models import UsageMetric, WorkEnding
from governance.flows.watching import steps, work
from governance.flows.watching.spans import span_of
from governance.kernel.money import UNIT
from inventory.catalog import commands as catalog_commands
from inventory.catalog.models import ModelVersion, RegisteredModel
from inventory.catalog.rules.fields import DeploymentFields
from tests.factories import access, catalog, spend
from tests.factories import approvals as cases
from tests.factories import value as made

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def bench():
    return cases.bench()


@pytest.fixture
def market(bench, today):
    """A checked version whose training was paid for yesterday."""
    found = made.Market(bench.version)
    run = spend.run(today.replace(day=1), found.manager.pk)
    spend.charged(run, spend.of_version(found.version, "train"), "30", day=today)
    spend.charged(run, spend.of_version(found.version), "12", day=today)
    return found


def facts(today):
    (found,) = work.facts(span_of(today))
    return found


def measured(value: float, comparison: str = ">=", name: str = "roc_auc") -> None:
    """Let the run's check of performance say ``value``, and once more of its reference."""
    measures = [{"name": name, "value": 0.99, "group": "reference"}]
    measures.append({"name": name, "value": value, "group": ""})
    threshold = {"measure": name, "comparison": comparison, "value": 0.7}
    CheckRun.objects.filter(check_id__startswith="performance.").update(
        outcome={"measures": measures, "thresholds": [threshold]}
    )


@pytest.mark.embedded
def test_results_are_those_of_the_measure_that_decides(market, today):
    measured(0.81)
    (attempt,) = facts(today).attempts
    assert (attempt.on, attempt.value) == (today, 0.81)
    measured(3.5, "<=", "rmse")
    assert [one.value for one in facts(today).attempts] == [-3.5]
    CheckRun.objects.filter(check_id__startswith="performance.").update(outcome={"measures": []})
    assert list(facts(today).attempts) == []


def test_building_is_what_experiments_and_training_cost(market, today):
    found = facts(today).building
    assert (found.recent, found.currency) == ({"USD": 30 * UNIT}, "USD")
    assert found.between(today - DAY, today) == 30 * UNIT
    assert found.between(today, today + DAY) == 0


def test_who_could_speak_at_a_step_is_counted_without_those_who_built(bench, market, today):
    cases.submitted(bench)
    found = facts(today)
    assert (found.waiting_for, found.waiting_people) == ("validator", 1)
    access.person(Role.VALIDATOR, team=bench.subject.team)
    access.person(Role.VALIDATOR, team=access.team())
    assert facts(today).waiting_people == 2


def test_runs_are_counted_since_the_last_note(market, today):
    ModelVersion.objects.update(change_note="")
    assert (facts(today).unnoted, facts(today).noted_on) == (1, None)
    at = timezone.now() - 3 * DAY
    ModelVersion.objects.update(change_note="New features", created_at=at)
    assert (facts(today).unnoted, facts(today).noted_on) == (1, at.date())
    AuditRun.objects.update(requested_at=at - DAY)
    assert facts(today).unnoted == 0
    model = market.model
    WorkEnding.objects.create(
        number=1,
        ending="stopped",
        team=model.team,
        use_case=model.use_case,
        model=model,
        reason="x",
        ended_at=at,
        learnt="Ask first.",
        learnt_at=at + DAY,
    )
    assert facts(today).noted_on == (at + DAY).date()


def test_gpus_held_and_used_are_read_by_model(market, today):
    for unit, quantity in (("gpu_seconds_reserved", 100), ("gpu_seconds", 7)):
        UsageMetric.objects.create(
            version=market.version,
            day=today,
            unit=unit,
            origin="cluster",
            quantity=quantity * UNIT,
            recorded_by_id=market.manager.pk,
        )
    found = facts(today)
    assert (found.held, found.used) == (100 * UNIT, 7 * UNIT)


def test_a_model_moves_from_stage_to_stage_and_leaves_its_days_behind(bench, market):
    key, now = market.model.pk, timezone.now()
    RegisteredModel.objects.filter(pk=key).update(created_at=now - 30 * DAY)
    stage = steps.stages([key])[key]
    assert (stage.name, stage.since) == (
        "in development without a case",
        (now - 30 * DAY).date(),
    )
    case = cases.decided(bench)
    rows = ApprovalCase.objects.filter(pk=case.pk)
    rows.update(submitted_at=now - 20 * DAY, decided_at=None, state="in_review")
    stage = steps.stages([key])[key]
    assert (stage.name, list(stage.peers)) == ("in review", [])
    rows.update(decided_at=now - 15 * DAY, state="approved")
    stage = steps.stages([key])[key]
    assert (stage.name, stage.since) == ("approved and not in use", (now - 15 * DAY).date())
    catalog_commands.record_deployment(
        actor=catalog.builder(market.model.team),
        version_id=market.version.pk,
        fields=DeploymentFields(target="counter", valid_from=now - 5 * DAY),
    )
    assert steps.stages([key]) == {}
    other = catalog.model(market.model.team)
    assert list(steps.stages([other.pk])[other.pk].peers) == [10]
