"""Transitions, plans and what databases cannot keep."""

import dataclasses
import itertools

import pytest

from audits.engine.outcome import Outcome, Table, Verdict
from audits.engine.plan import plan_from_json
from audits.runs import rules
from audits.runs.kinds import FINISHED, Action, RunState
from governance.kernel.errors import Conflict, RuleBroken
from governance.policies.rules import policy_from_document
from tests.factories import catalog
from tests.factories.policies import document

COLUMNS = (*catalog.FEATURES, "group", "paid")
MODEL = rules.ModelFacts("a" * 64, "skops", "", catalog.signature())


def data(digit="b", **changes):
    return dataclasses.replace(
        rules.DataFacts(f"Loans {digit}", digit * 64, "csv", "", COLUMNS), **changes
    )


def build(model=MODEL, reference=None, current=None, tier=1):
    policy = policy_from_document(document())
    return rules.build_plan(policy, tier, model, reference or data("b"), current or data("c"))


@pytest.mark.parametrize(("state", "action"), itertools.product(RunState, Action))
def test_only_the_transitions_of_the_table_happen(state, action):
    expected = rules.TRANSITIONS.get((state, action))
    if expected is None:
        with pytest.raises(Conflict):
            rules.next_state(state, action)
    else:
        assert rules.next_state(state, action) is expected


def test_nothing_leaves_a_finished_state():
    assert not {state for state, _ in rules.TRANSITIONS} & FINISHED


def test_same_request_gives_the_same_plan_and_seed():
    assert build().digest() == build().digest()
    assert build().seed == build().seed > 0


def test_other_bytes_give_another_seed():
    assert build().seed != build(current=data("d")).seed


def test_plan_survives_its_json():
    plan = build()
    assert plan_from_json(plan.to_json()).digest() == plan.digest()


def test_missing_columns_are_named_for_each_dataset():
    short = tuple(name for name in COLUMNS if name not in {"income", "paid"})
    with pytest.raises(RuleBroken) as caught:
        build(reference=data("b", columns=short), current=data("c", columns=COLUMNS[:4]))
    assert "“income”, “paid”" in caught.value.errors["reference"][0]
    assert "“paid”, “group”" in caught.value.errors["current"][0]


def test_data_that_were_not_looked_at_yet_are_let_through():
    assert build(current=data("c", columns=()))


@pytest.mark.parametrize(
    ("model", "reference", "current", "code"),
    [
        (
            dataclasses.replace(MODEL, unreadable="It is truncated."),
            None,
            None,
            "artifact-unreadable",
        ),
        (MODEL, data("b", unreadable="Broken at line 3."), None, "data-unusable"),
        (MODEL, data("c"), data("c"), "same-data"),
        (dataclasses.replace(MODEL, signature={"task": "dance"}), None, None, "bad-signature"),
    ],
)
def test_what_can_be_known_to_fail_is_refused_before_it_runs(model, reference, current, code):
    with pytest.raises(RuleBroken) as caught:
        build(model, reference, current)
    assert caught.value.code == code


def test_outcome_with_characters_that_databases_refuse_is_kept_readable():
    dirty = "a\x00b\ud800c"
    outcome = Outcome(
        "x.y", 1, Verdict.PASS, dirty, tables=(Table("t", dirty, (dirty,), ((dirty,),)),)
    )
    body, digest = rules.storable(outcome)
    assert body["summary"] == "a\ufffdb\ufffdc"
    assert body["tables"][0]["rows"][0][0] == "a\ufffdb\ufffdc"
    clean = dataclasses.replace(outcome, summary="plain", tables=())
    assert rules.storable(clean)[1] == clean.digest()
    assert digest != clean.digest()


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "insufficient evidence"], "insufficient evidence"),
        (["insufficient evidence", "fail"], "fail"),
        (["fail", "error"], "error"),
        ([], "error"),
    ],
)
def test_the_worst_check_speaks_for_the_run(verdicts, expected):
    assert rules.worst(verdicts) == expected


def test_duration_is_guessed_from_runs_of_like_size():
    former = [(1_000, 2.0), (1_100, 3.0), (900, 4.0), (50_000, 90.0)]
    assert rules.expected_seconds(1_000, former) == 3.0
    assert rules.expected_seconds(60_000, former) == 90.0
    assert rules.expected_seconds(None, former) == 4.0
    assert rules.expected_seconds(1_000, []) is None


def test_worker_with_other_libraries_is_found_out():
    plan = build()
    assert rules.other_libraries(plan, plan.libraries) == []
    other = {**plan.libraries, "numpy": "0.1"}
    assert "numpy 0.1 instead of" in rules.other_libraries(plan, other)[0]
