"""What a policy demands, how it tiers, and that its gate fails closed."""

import inspect
import itertools

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from audits.engine.checks.verdicts import read_settings
from audits.engine.outcome import Verdict
from audits.engine.registry import find
from governance.kernel.errors import RuleBroken
from governance.policies import rules
from governance.policies.kinds import Answer
from inventory.catalog import kinds as catalog
from tests.factories.policies import document

LOAN = {
    "exposure": "high",
    "purpose": "customer",
    "autonomy": "recommends",
    "personal_data": True,
    "reach": "many",
    "complexity": "complex",
}
FACTS = rules.GateFacts(
    task="classification",
    has_protected=True,
    personal_data=True,
    evidence_policy=None,
    evidence_age_days=1.0,
)


def packaged():
    return rules.policy_from_document(document())


def text_of(changed):
    return yaml.safe_dump(changed, sort_keys=False)


def facts(policy, **changes):
    values = {"evidence_policy": policy.digest} | changes
    return rules.GateFacts(**{**{f: getattr(FACTS, f) for f in FACTS.__slots__}, **values})


def passes(policy, tier=1, task="classification", **changes):
    demanded = rules.requirements(policy, tier, task, has_protected=True)
    verdicts = {check.check: Verdict.PASS.value for check, _ in demanded} | changes
    return {
        name: rules.CheckResult(verdict, f"EVD-{place:05d}")
        for place, (name, verdict) in enumerate(verdicts.items())
    }


def test_loan_model_is_tier_one_with_a_reason_for_each_point():
    tiering = rules.tier_of(packaged(), LOAN)
    assert (tiering.tier, tiering.total) == (1, 11)
    assert sum(reason.points for reason in tiering.reasons) == tiering.total
    assert (
        tiering.reasons[0].because
        == "exposure: 10 to 100 million, purpose: decisions about customers"
    )


def test_harmless_internal_model_is_tier_four():
    harmless = {
        "exposure": "low",
        "purpose": "internal",
        "autonomy": "informs",
        "personal_data": False,
        "reach": "few",
        "complexity": "simple",
    }
    assert rules.tier_of(packaged(), harmless).tier == 4


def test_every_fact_that_the_catalogue_knows_has_points():
    policy = packaged()
    choices = {
        "exposure": catalog.Exposure.values,
        "purpose": catalog.Purpose.values,
        "autonomy": catalog.Autonomy.values,
        "personal_data": [True, False],
        "reach": catalog.Reach.values,
        "complexity": catalog.Complexity.values,
    }
    for combination in itertools.product(*choices.values()):
        found = rules.tier_of(policy, dict(zip(choices, combination, strict=True)))
        assert 1 <= found.tier <= 4


def test_worse_facts_never_lower_the_tier():
    policy = packaged()
    ordered = {
        "exposure": catalog.Exposure.values,
        "autonomy": catalog.Autonomy.values,
        "personal_data": [False, True],
        "reach": catalog.Reach.values,
        "complexity": catalog.Complexity.values,
    }
    for name, values in ordered.items():
        totals = [rules.tier_of(policy, {**LOAN, name: value}).total for value in values]
        assert totals == sorted(totals)


def test_unknown_fact_is_refused_not_guessed():
    with pytest.raises(RuleBroken, match="exposure"):
        rules.tier_of(packaged(), {**LOAN, "exposure": "astronomic"})


def test_every_check_and_parameter_of_the_packaged_policy_is_known_to_the_engine():
    for check in packaged().checks:
        registered = find(check.check)
        module = inspect.getmodule(registered.run)
        settings = [value for name, value in vars(module).items() if name.endswith("Settings")]
        for need in check.tiers.values():
            assert any(_accepted(kind, need.parameters) for kind in settings), check.check


def _accepted(kind, parameters):
    try:
        read_settings(kind, parameters)
    except Exception:  # noqa: BLE001 - another check's settings in the same module
        return False
    return True


def test_plan_holds_the_thresholds_of_its_tier_only():
    policy = packaged()
    one = rules.plan_checks(policy, 1, "classification", has_protected=True)
    four = rules.plan_checks(policy, 4, "classification", has_protected=True)
    share = {spec.check: spec.parameters.get("max_share") for spec in one}
    assert share["drift.columns"] == 0.1
    assert {spec.check for spec in four} < {spec.check for spec in one}


def test_plan_follows_the_task_and_the_protected_columns():
    policy = packaged()
    plan = rules.plan_checks(policy, 1, "regression", has_protected=False)
    names = {spec.check for spec in plan}
    assert "performance.regression" in names
    assert not names & {"performance.classification", "fairness.groups"}


def test_all_passes_allow():
    policy = packaged()
    answer = rules.gate(policy, 1, passes(policy), facts(policy))
    assert answer.answer is Answer.ALLOW
    assert not answer.curable
    assert all(reason.evidence for reason in answer.reasons)


@pytest.mark.parametrize(
    ("check", "verdict", "expected", "curable"),
    [
        ("drift.columns", "fail", Answer.REFUSE, True),
        ("performance.classification", "fail", Answer.REFUSE, False),
        ("fairness.groups", "insufficient evidence", Answer.NEEDS_EVIDENCE, True),
        ("data.schema", "insufficient evidence", Answer.NEEDS_EVIDENCE, False),
        ("drift.columns", "error", Answer.NEEDS_EVIDENCE, False),
        ("drift.columns", "", Answer.NEEDS_EVIDENCE, False),
        ("drift.columns", "PASS", Answer.NEEDS_EVIDENCE, False),
    ],
)
def test_one_check_that_did_not_pass_closes_the_gate(check, verdict, expected, curable):
    policy = packaged()
    answer = rules.gate(policy, 1, passes(policy, **{check: verdict}), facts(policy))
    assert answer.answer is expected
    assert answer.curable is curable
    assert [reason.rule for reason in answer.against] == [f"check {check}"]


def test_failure_outweighs_missing_evidence_and_both_are_named():
    policy = packaged()
    results = passes(policy, **{"drift.columns": "fail"})
    del results["data.quality"]
    answer = rules.gate(policy, 1, results, facts(policy))
    assert answer.answer is Answer.REFUSE
    assert not answer.curable
    assert [reason.rule for reason in answer.against] == [
        "check drift.columns",
        "check data.quality",
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"evidence_policy": None}, "evidence"),
        ({"evidence_policy": "0" * 64}, "evidence policy"),
        ({"evidence_age_days": 181}, "evidence age"),
        ({"evidence_age_days": -1}, "evidence age"),
        ({"has_protected": False}, "check fairness.groups"),
    ],
)
def test_stale_foreign_or_silent_evidence_never_allows(changes, rule):
    policy = packaged()
    answer = rules.gate(policy, 1, passes(policy), facts(policy, **changes))
    assert answer.answer is Answer.NEEDS_EVIDENCE
    assert rule in [reason.rule for reason in answer.against]


def test_tier_without_demands_needs_evidence():
    policy = packaged()
    answer = rules.gate(policy, 9, {}, facts(policy))
    assert answer.answer is Answer.NEEDS_EVIDENCE
    assert not answer.curable


@given(
    st.dictionaries(
        st.sampled_from([check.check for check in packaged().checks]),
        st.sampled_from([*(v.value for v in Verdict), "", "passed", "allow"]),
    ),
    st.integers(0, 5),
    st.sampled_from(["classification", "regression", "ranking"]),
    st.booleans(),
)
def test_gate_allows_only_on_a_full_set_of_passes(verdicts, tier, task, protected):
    policy = packaged()
    results = {name: rules.CheckResult(verdict, "EVD-00001") for name, verdict in verdicts.items()}
    told = facts(policy, task=task, has_protected=protected)
    demanded = rules.requirements(policy, tier, task, has_protected=protected)
    answer = rules.gate(policy, tier, results, told)
    if answer.answer is Answer.ALLOW:
        assert demanded
        assert all(verdicts.get(check.check) == "pass" for check, _ in demanded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mapping"),
        ("- a\n- b", "mapping"),
        ("a: [", "YAML"),
        ("a: 1\na: 2", "twice"),
        ("a: &x 1\nb: *x", "aliases"),
        ("!!python/object/apply:os.system ['true']", "YAML"),
        ("schema: 1", "schema"),
        ("x" * 200_001, "longer"),
    ],
)
def test_text_that_is_no_policy_is_refused_with_a_reason(text, said):
    with pytest.raises(RuleBroken, match=said):
        rules.parse(text)


def _tiers_out_of_order(policy):
    policy["tiers"].reverse()


def _check_twice(policy):
    policy["checks"].append(policy["checks"][0])


def _no_decision(policy):
    policy["tiers"][0]["steps"].pop()


def _flat_points(policy):
    policy["tiering"]["factors"][0]["points"] = {"low": 1}


def _typo(policy):
    policy["checks"][0]["faling"] = "blocks"


def _endless(policy):
    policy["checks"][0]["parameters"] = {"x": float("nan")}


@pytest.mark.parametrize(
    "spoil", [_tiers_out_of_order, _check_twice, _no_decision, _flat_points, _typo, _endless]
)
def test_policy_that_contradicts_itself_is_refused_whole(spoil):
    changed = document()
    spoil(changed)
    with pytest.raises(RuleBroken) as caught:
        rules.parse(text_of(changed))
    assert caught.value.code == "bad-policy"


def test_digest_does_not_depend_on_spacing_or_order_of_keys():
    plain = document()
    turned = dict(reversed(plain.items()))
    assert rules.parse(text_of(plain))[0].digest == rules.parse(text_of(turned))[0].digest
