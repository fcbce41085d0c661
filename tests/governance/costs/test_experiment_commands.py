"""Experiments: written down before they run, every look on the record, judged once."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from audits.engine.statistics.experiments import Counts, difference_of_shares
from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import Kind
from governance.costs.models import Experiment
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted, RuleBroken
from governance.ledger import reading
from governance.ledger.proofs import head_position
from tests.factories import access
from tests.factories import value as made

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def market():
    return made.Market()


def _stand():
    return head_position(), list(Experiment.objects.order_by("pk").values())


def refused(error: type[DomainError], act) -> DomainError:
    before = _stand()
    with pytest.raises(error) as told:
        act()
    assert _stand() == before
    return told.value


def _observe(market, row, observed=made.SOUND):
    return costs.observe_experiment(actor=market.actor, experiment_id=row.pk, observed=observed)


def _conclude(market, row, ended_on=None):
    return costs.conclude_experiment(
        actor=market.actor, experiment_id=row.pk, ended_on=ended_on or timezone.localdate()
    )


@pytest.mark.embedded
def test_an_experiment_is_registered_observed_and_judged(market):
    row = made.experiment(market)
    assert row.design["detectable"] == pytest.approx(0.0278, abs=2e-3)
    assert row.public_id.startswith("EXP-")
    _observe(market, row)
    done = _conclude(market, row)
    expected = difference_of_shares(Counts(2010, 260), Counts(2000, 200))
    assert done.result["effect"] == pytest.approx(expected.value)
    assert (done.result["low"], done.result["high"]) == pytest.approx((expected.low, expected.high))
    assert done.result["ratio_valid"]
    assert done.result["nominal_trusted"]
    assert done.result["clear"]
    kinds = [event.kind for event in reading.history([row.pk])]
    assert sorted(kinds) == sorted(
        [Kind.EXPERIMENT_REGISTERED, Kind.EXPERIMENT_OBSERVED, Kind.EXPERIMENT_CONCLUDED]
    )


def test_an_experiment_on_means_is_judged_by_welch(market):
    design = replace(made.DESIGN, kind="means", baseline=Decimal(30))
    row = made.experiment(market, design)
    arms = {
        "control": {"n": 2000, "mean": 101.0, "sd": 31.0},
        "treatment": {"n": 2000, "mean": 104.5, "sd": 29.0},
    }
    _observe(market, row, arms)
    assert _conclude(market, row).result["test"] == "Welch's t-test"


def test_what_started_yesterday_cannot_be_registered(market):
    told = refused(
        RuleBroken, lambda: made.experiment(market, started_on=timezone.localdate() - DAY)
    )
    assert told.code == "started-already"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("measure", " "),
        ("planned_n", 3),
        ("baseline", Decimal(1)),
        ("baseline", Decimal("NaN")),
        ("control_share", Decimal(1)),
        ("control_share", Decimal("0.0001")),
        ("looks", 0),
        ("alpha", Decimal("0.2")),
        ("kind", "median"),
        ("treatment", "control"),
    ],
)
def test_a_design_that_is_none_is_refused_at_its_field(market, field, value):
    design = replace(made.DESIGN, **{field: value})
    told = refused(RuleBroken, lambda: made.experiment(market, design))
    assert field in told.errors


def test_an_experiment_that_is_still_to_come_is_not_observed(market):
    row = made.experiment(market, started_on=timezone.localdate() + DAY)
    assert refused(Conflict, lambda: _observe(market, row)).code == "not-started"


@pytest.mark.parametrize(
    "arms",
    [
        {"control": {"n": 10, "successes": 11}, "treatment": {"n": 10, "successes": 1}},
        {"control": {"n": 10, "successes": 1}},
        {"control": {"n": 0, "successes": 0}, "treatment": {"n": 10, "successes": 1}},
        {"control": {"n": True, "successes": 1}, "treatment": {"n": 10, "successes": 1}},
        {**made.SOUND, "third": {"n": 10, "successes": 1}},
    ],
)
def test_numbers_that_cannot_be_are_refused(market, arms):
    row = made.experiment(market)
    assert refused(RuleBroken, lambda: _observe(market, row, arms)).code == "bad-observation"


def test_looking_before_the_end_is_recorded_and_corrected_for(market):
    row = made.experiment(market)
    costs.record_look(actor=market.actor, experiment_id=row.pk, note="The weekly meeting.")
    _observe(market, row, made.BROKEN)
    _observe(market, row)  # what stood there before had been read
    row = _conclude(market, row)
    assert row.looks == 2
    assert row.result["looks"] == 3
    assert row.result["peeked"]
    assert not row.result["nominal_trusted"]
    assert row.result["p_corrected"] > row.result["p"]
    assert row.observed["looks"][0]["note"] == "The weekly meeting."


def test_the_same_numbers_again_are_no_look(market):
    row = made.experiment(market)
    _observe(market, row)
    before = head_position()
    assert _observe(market, row).looks == 0
    assert head_position() == before


def test_looks_that_were_announced_are_no_peeking(market):
    row = made.experiment(market, replace(made.DESIGN, looks=2))
    costs.record_look(actor=market.actor, experiment_id=row.pk, note="As planned.")
    _observe(market, row)
    result = _conclude(market, row).result
    assert not result["peeked"]
    assert not result["nominal_trusted"]
    assert "2 looks" in result["correction"]


def test_a_broken_assignment_is_found(market):
    assert not made.concluded(market, made.BROKEN).result["ratio_valid"]


def test_too_few_units_are_told(market):
    few = {"control": {"n": 100, "successes": 10}, "treatment": {"n": 100, "successes": 12}}
    result = made.concluded(market, few).result
    assert result["short"]
    assert not result["clear"]


def test_nothing_observed_is_nothing_to_judge(market):
    row = made.experiment(market)
    assert refused(RuleBroken, lambda: _conclude(market, row)).code == "nothing-observed"


@pytest.mark.parametrize("days", [-1, 1])
def test_an_experiment_ends_between_its_start_and_today(market, days):
    row = made.experiment(market)
    _observe(market, row)
    refused(RuleBroken, lambda: _conclude(market, row, timezone.localdate() + days * DAY))


def test_a_result_is_frozen(market):
    row = made.concluded(market)
    refused(Conflict, lambda: _observe(market, row, made.BROKEN))
    refused(Conflict, lambda: _conclude(market, row))
    refused(
        Conflict,
        lambda: costs.record_look(actor=market.actor, experiment_id=row.pk, note="Again."),
    )


def test_only_those_who_may_claim_a_benefit_run_its_experiment(market):
    row = made.experiment(market)
    auditor = access.actor(access.person(Role.AUDITOR, team=market.model.team))
    stranger = access.actor(access.person(Role.MANAGER, team=access.team()))
    refused(
        NotPermitted,
        lambda: costs.observe_experiment(actor=auditor, experiment_id=row.pk, observed=made.SOUND),
    )
    refused(
        Missing,
        lambda: costs.record_look(actor=stranger, experiment_id=row.pk, note="Curious."),
    )


def test_the_version_on_trial_is_one_of_the_model(market):
    other = made.Market().version
    told = refused(RuleBroken, lambda: made.experiment(market, version_id=other.pk))
    assert told.code == "bad-version"
    assert made.experiment(market, version_id=market.version.pk).version_id == market.version.pk
