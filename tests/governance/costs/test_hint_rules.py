"""The table of what money tells of the inventory, line by line, and where it could be saved."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from governance.costs.kinds import HintKind, HintState
from governance.costs.rules import hints, sizing, stuck
from governance.costs.rules.hints import AccountFacts, Calls, Unapproved, VersionFacts
from governance.costs.rules.sizing import Machine
from governance.costs.rules.stuck import Work
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.money import UNIT

TODAY = dt.date(2026, 3, 1)
LONG_AGO = dt.date(2025, 11, 1)
DAY = dt.timedelta(days=1)
MONEY = {"USD": 50 * UNIT}
FACTS = VersionFacts("MDL-00042/v3", "Loans v3", "MDL-00042/v3/serve", TODAY)
WITHOUT = Unapproved(TODAY - DAY, 2, Calls(700 * UNIT), {"USD": 3 * UNIT})


@pytest.mark.parametrize(
    ("deployed_on", "calls", "spend", "unapproved", "expected"),
    [
        (None, 0, MONEY, None, HintKind.SHADOW_MODEL),
        (None, 5, {}, None, HintKind.UNREGISTERED_DEPLOYMENT),
        (None, 5, MONEY, None, HintKind.UNREGISTERED_DEPLOYMENT),
        (None, 0, {}, None, None),
        (LONG_AGO, 0, {}, None, HintKind.ZOMBIE),
        (LONG_AGO, 0, MONEY, None, HintKind.IDLE_ENDPOINT),
        (LONG_AGO, 5, {}, None, HintKind.UNMAPPED_SPEND),
        (LONG_AGO, 5, {"USD": -UNIT}, None, HintKind.UNMAPPED_SPEND),
        (LONG_AGO, 5, MONEY, None, None),
        (LONG_AGO, 5, MONEY, WITHOUT, HintKind.UNAPPROVED_CALLS),
        (TODAY, 0, MONEY, None, None),
        (TODAY, 0, {}, None, None),
    ],
)
def test_every_line_of_the_table(deployed_on, calls, spend, unapproved, expected):
    facts = replace(
        FACTS,
        deployed_on=deployed_on,
        calls=Calls(calls * UNIT),
        spend=spend,
        spend_days=7,
        unapproved=unapproved,
    )
    assert hints.reading(facts) == expected


def test_what_is_in_use_is_asked_for_a_budget_where_there_are_budgets():
    facts = replace(FACTS, deployed_on=TODAY, spend=MONEY, calls=Calls(UNIT))
    assert not list(hints.of_version(facts))
    assert not list(hints.of_version(replace(facts, budgeted=True)))
    (hint,) = hints.of_version(replace(facts, budgeted=False))
    assert (hint.kind, hint.money) == (HintKind.UNBUDGETED, MONEY)
    unused = hints.of_version(replace(facts, budgeted=False, deployed_on=None))
    assert [hint.kind for hint in unused] == [HintKind.UNREGISTERED_DEPLOYMENT]


def test_six_days_of_spend_or_money_below_the_floor_make_no_shadow():
    assert hints.reading(replace(FACTS, spend=MONEY, spend_days=6)) is None
    small = replace(FACTS, spend=MONEY, spend_days=7, floor=50 * UNIT)
    assert hints.reading(small) is None
    assert hints.reading(replace(small, floor=50 * UNIT - 1)) == HintKind.SHADOW_MODEL


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        (Calls(tokens=9_000 * UNIT), "9,000 tokens in 30 days"),
        (Calls(5 * UNIT, 7 * UNIT), "5 predictions and 7 tokens in 30 days"),
        (Calls(), "No predictions and no tokens in 30 days"),
    ],
)
def test_calls_are_predictions_or_tokens_and_the_unit_is_stated(calls, said):
    facts = replace(FACTS, calls=calls, spend=MONEY, spend_days=7)
    (found,) = hints.of_version(facts)
    assert said in found.signs
    called = found.kind == HintKind.UNREGISTERED_DEPLOYMENT
    assert called == bool(calls)


def test_calls_without_approval_hide_no_missing_deployment():
    facts = replace(FACTS, calls=Calls(5 * UNIT), unapproved=WITHOUT, tier=1)
    found = {one.kind: one for one in hints.of_version(facts)}
    assert set(found) == {HintKind.UNAPPROVED_CALLS, HintKind.UNREGISTERED_DEPLOYMENT}
    called = found[HintKind.UNAPPROVED_CALLS]
    assert called.money == {"USD": 3 * UNIT}
    assert called.severity == "critical"
    assert any("700 predictions on 2" in sign for sign in called.signs)


def test_what_was_never_assessed_is_no_small_matter():
    facts = replace(FACTS, calls=Calls(5 * UNIT), unapproved=WITHOUT)
    assert next(hints.of_version(facts)).severity == "high"


def test_silence_that_nobody_reports_on_is_told_as_such():
    facts = replace(FACTS, deployed_on=LONG_AGO, spend=MONEY)
    (found,) = hints.of_version(facts)
    assert any("Nobody has ever reported" in sign for sign in found.signs)
    (counted,) = hints.of_version(replace(facts, counted=True))
    assert not any("Nobody has ever reported" in sign for sign in counted.signs)


ACCOUNT = AccountFacts(
    issuer="Cloud",
    account="000111",
    account_name="web-shop",
    service="Machine learning",
    signs=("Category AI and Machine Learning",),
    spend=MONEY,
    first=TODAY - 10 * DAY,
    last=TODAY,
    floor=20 * UNIT,
)


def test_an_account_is_asked_about_model_work_with_the_signs_that_made_it_so():
    (found,) = hints.of_account(ACCOUNT)
    assert found.kind is HintKind.SHADOW_MODEL
    assert "Category AI and Machine Learning" in found.signs
    assert found.money == MONEY
    assert found.target_key == ""


@pytest.mark.parametrize("changes", [{"floor": 50 * UNIT}, {"first": TODAY - 5 * DAY}])
def test_an_account_below_the_floor_or_of_a_few_days_is_left_alone(changes):
    assert list(hints.of_account(replace(ACCOUNT, **changes))) == []


def test_of_two_hints_for_one_subject_the_larger_stands():
    (found,) = hints.of_account(ACCOUNT)
    larger = replace(found, money={"USD": 60 * UNIT})
    assert hints.largest([found, larger, found]) == [larger]


def test_a_hint_is_put_off_to_a_day_within_a_year():
    assert hints.check_answer("open", HintState.SNOOZED, TODAY + DAY, TODAY) == TODAY + DAY
    for until in (None, TODAY, TODAY + 400 * DAY):
        with pytest.raises(RuleBroken):
            hints.check_answer("open", HintState.SNOOZED, until, TODAY)
    assert hints.check_answer("snoozed", HintState.ACCEPTED, TODAY + DAY, TODAY) is None
    with pytest.raises(RuleBroken):
        hints.check_answer("open", HintState.OPEN, None, TODAY)
    with pytest.raises(Conflict):
        hints.check_answer("closed", HintState.ACCEPTED, None, TODAY)


def _machine(number: int = 0, **changes) -> Machine:
    fields = {
        "key": f"MDL-{number:05d}/v1",
        "name": f"Model {number}",
        "target_key": "",
        "calls": 10_000 * UNIT,
        "spend": {"USD": 700 * UNIT},
        "reserved": {"GPU": 1000 * UNIT},
        "used": {"GPU": 800 * UNIT},
    }
    return Machine(**(fields | changes))


def test_a_machine_of_which_little_is_used_is_too_large():
    (found,) = sizing.oversized([_machine(used={"GPU": 350 * UNIT})])
    assert found.money == {"USD": 350 * UNIT}
    assert found.signs[0] == "35% of its reserved GPU time is used"


def test_use_that_nobody_reports_is_no_idleness():
    assert list(sizing.oversized([_machine(used={})])) == []


def test_a_well_used_machine_is_left_alone():
    assert list(sizing.oversized([_machine()])) == []


def test_a_machine_above_the_95th_percentile_of_its_peers_is_found():
    peers = [_machine(number) for number in range(1, 11)]
    own = _machine(99, reserved={"GPU": 4000 * UNIT}, used={"GPU": 3200 * UNIT})
    (found,) = sizing.oversized([*peers, own])
    assert found.subject == own.key
    assert found.money == {"USD": 525 * UNIT}
    assert "10 peers" in found.signs[0]


def test_few_peers_prove_nothing():
    own = _machine(99, reserved={"GPU": 4000 * UNIT}, used={"GPU": 3200 * UNIT})
    assert list(sizing.oversized([own, *(_machine(n) for n in range(1, 8))])) == []


def test_the_percentile_equals_numpys():
    drawn = np.random.default_rng(5).integers(1, 1000, 37)
    expected = np.percentile(drawn, 95, method="inverted_cdf")
    assert sizing.percentile([Fraction(int(one)) for one in drawn]) == expected


WORK = Work("MDL-00042", "Loans", TODAY, moved_on=TODAY - 10 * DAY, spend=MONEY)


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"moved_on": TODAY - 60 * DAY}, "No new version, run or case for 60 days"),
        ({"runs": 5, "failed": 3}, "3 of its last 5 runs failed"),
        (
            {"waiting_since": TODAY - 21 * DAY, "waiting_for": "risk officer"},
            "waited 21 days for a risk officer",
        ),
    ],
)
def test_work_that_costs_and_does_not_move_is_told_why(changes, sign):
    (found,) = stuck.stuck(replace(WORK, **changes))
    assert sign in found.signs[0]
    assert found.money == MONEY


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"moved_on": TODAY - 59 * DAY},
        {"runs": 4, "failed": 4},
        {"runs": 6, "failed": 3},
        {"moved_on": TODAY - 99 * DAY, "spend": {}},
    ],
)
def test_work_that_moves_or_costs_nothing_is_left_alone(changes):
    assert list(stuck.stuck(replace(WORK, **changes))) == []
