"""Rules as lines that people type, as YAML, in words, and side by side."""

import pytest

from governance.costs.rules import rulefiles, rulesets, wording
from governance.costs.rules.allocation import read_rule
from governance.kernel.errors import RuleBroken

RULE = {
    "priority": 10,
    "phase": "direct",
    "name": "Endpoints",
    "matcher": {"field": "service", "is": "Endpoints"},
    "method": "direct",
    "targets": [{"target": "organisation"}],
    "options": {},
}


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("service is Endpoints", {"field": "service", "is": "Endpoints"}),
        ("resource starts with arn:x", {"field": "resource", "prefix": "arn:x"}),
        ("tag team is credit risk", {"tag": "team", "is": "credit risk"}),
        ("tag~ Team", {"tag": "Team", "trim": True, "fold": True}),
        ("not category is Tax", {"not": {"field": "category", "is": "Tax"}}),
        ("charged from 2026-01-01", {"charged": {"from": "2026-01-01"}}),
        ("resource is", {"field": "resource", "is": ""}),
        ("", {"all": []}),
        ("sku is A\ntag x", {"all": [{"field": "sku", "is": "A"}, {"tag": "x"}]}),
    ],
)
def test_lines_read_as_a_matcher_and_back(text, matcher):
    assert wording.matcher_from_lines(text) == matcher
    assert wording.lines_from_matcher(matcher) == text


def test_what_lines_cannot_say_is_json_and_reads_back():
    for matcher in (
        {"any": [{"tag": "a"}, {"tag": "b"}]},
        {"field": "service", "is": " spaced "},
        {"tag": "x", "trim": True},
        {"charged": {"from": "2026-01-01", "before": "2026-02-01"}},
    ):
        assert wording.matcher_from_lines(wording.lines_from_matcher(matcher)) == matcher


@pytest.mark.parametrize(
    "text",
    ["service Endpoints", "colour is red", "charged on 2026-01-01", "{", '{"tag": 3}', "tag"],
)
def test_a_line_that_says_nothing_is_refused(text):
    with pytest.raises(RuleBroken):
        wording.matcher_from_lines(text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Lines where service is “Endpoints” go to organisation."),
        ({"matcher": {"all": []}}, "Every line that is left goes to organisation."),
        (
            {"matcher": {"any": [{"tag": "a"}, {"not": {"tag": "b", "is": "c"}}]}},
            (
                "Lines where there is a tag “a” or it is not so that tag “b” is “c” "
                "go to organisation."
            ),
        ),
        (
            {
                "method": "fixed",
                "targets": [
                    {"target": "team/a", "weight": "33.40"},
                    {"target": "team/b", "weight": "66.6"},
                ],
                "valid_from": "2026-01-01",
            },
            (
                "Lines where service is “Endpoints” go to team/a (33.4 %) and team/b (66.6 %), "
                "for charges from 2026-01-01."
            ),
        ),
        (
            {
                "phase": "idle",
                "method": "usage",
                "targets": [],
                "matcher": {"all": []},
                "options": {"pool": "pool/gpu", "driver": "tokens", "fallbacks": ["cost", "even"]},
            },
            (
                "pool/gpu is shared out to every version used (serve), by tokens "
                "(or else by cost so far, then equal parts)."
            ),
        ),
        (
            {"method": "by_tag", "targets": [], "options": {"tag": "model"}},
            "Lines where service is “Endpoints” go to the target that tag “model” names.",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(changes, said):
    assert wording.rule_in_words(read_rule(RULE | changes)) == said


def test_yaml_keeps_days_and_weights_as_typed_and_reads_back_the_same():
    text = """
    - priority: 1
      phase: direct
      name: Split
      matcher: {charged: {from: 2026-01-01}}
      method: fixed
      targets:
      - {target: team/a, weight: 33.3333333333333333333}
      - {target: team/b, weight: 66.6666666666666666667}
      valid_from: 2026-01-01
    """
    raws = rulefiles.read_text(text)
    plain = [rulesets.plain(raw) for raw in raws]
    assert plain[0]["targets"][0]["weight"] == "33.3333333333333333333"
    assert plain[0]["valid_from"] == "2026-01-01"
    again = [rulesets.plain(raw) for raw in rulefiles.read_text(rulefiles.write_text(plain))]
    assert again == plain
    assert rulefiles.read_text(f"rules:{text}") == raws
    assert rulesets.rules_digest(again) == rulesets.rules_digest(plain)


@pytest.mark.parametrize(
    "text", ["", "name: x", "- &a [1]\n- *a", "- {a: 1, a: 2}", "[", "x" * 2_000_001]
)
def test_text_that_is_no_list_of_rules_is_refused(text):
    with pytest.raises(RuleBroken):
        rulefiles.read_text(text)


def test_every_faulty_rule_is_named():
    bad = [RULE, RULE | {"method": "direct", "targets": []}, "x", RULE | {"colour": "red"}]
    with pytest.raises(RuleBroken) as refused:
        rulesets.read_rules(bad)
    assert set(refused.value.errors) == {"rules.2", "rules.3", "rules.4"}


def test_two_sets_are_compared_rule_by_rule():
    old = [rulesets.plain(RULE), rulesets.plain(RULE | {"name": "Gone", "priority": 20})]
    new = [rulesets.plain(RULE | {"priority": 15}), rulesets.plain(RULE | {"name": "New"})]
    found = [(change.kind, change.name, change.fields) for change in rulesets.compared(old, new)]
    assert found == [
        ("changed", "Endpoints", ("priority",)),
        ("removed", "Gone", ()),
        ("added", "New", ()),
    ]
