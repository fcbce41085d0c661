"""Rules of allocation: what is refused, by which weights money is shared, whom tags name."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.costs.gathering import directory_digest
from governance.costs.rules.allocation import read_rule
from governance.costs.rules.naming import Standing, charged_to, directory, named_target
from governance.costs.rules.pools import check_rules, in_order
from governance.costs.rules.weighing import weigh, whole_weights
from governance.kernel.canonical import digest
from governance.kernel.errors import RuleBroken

SERVE = "MDL-00001/v1/serve"
OTHER = "MDL-00002/v1/serve"


def rule(**changes):
    raw = {
        "priority": 1,
        "phase": "direct",
        "name": "A rule",
        "matcher": {"all": []},
        "method": "direct",
        "targets": [{"target": SERVE}],
    }
    return read_rule({**raw, **changes})


def targets(*keys):
    return [{"target": key} for key in keys]


def fixed(**weights):
    listed = [{"target": key, "weight": weight} for key, weight in weights.items()]
    return {"method": "fixed", "targets": listed}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "no name"),
        ({"priority": -1}, "priority"),
        ({"priority": True}, "priority"),
        ({"phase": "later"}, "phase must be one of"),
        ({"method": "guess"}, "method must be one of"),
        ({"matcher": {}}, "matcher must have"),
        ({"targets": []}, "exactly one target"),
        ({"targets": targets("a", "b")}, "exactly one target"),
        ({"method": "even", "targets": targets("a", "a")}, "twice"),
        ({"method": "even", "targets": []}, "needs targets"),
        ({"method": "by_tag", "targets": []}, "options.tag"),
        ({"method": "by_tag", "options": {"tag": "model"}}, "not from a list"),
        ({"method": "usage", "targets": []}, "options.driver"),
        ({"method": "usage", "targets": [], "options": {"driver": "love"}}, "options.driver"),
        ({"options": {"colour": "red"}}, "options may have"),
        ({"options": {"fallbacks": ["even"]}}, "no driver"),
        ({"options": {"pool": "team/a"}}, "key of a pool"),
        ({"targets": targets("unallocated/no_rule")}, "no target"),
        ({"valid_from": "2026-13-01"}, "such as"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-02-01"}, "after valid_from"),
        (fixed(a="60", b="-1"), "from 0 to 100"),
        (fixed(a="many"), "percentage"),
        (fixed(a="NaN"), "from 0 to 100"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_name(changes, words):
    with pytest.raises(RuleBroken, match=words):
        rule(**changes)


def test_percentages_that_miss_a_hundred_are_refused_with_their_sum():
    with pytest.raises(RuleBroken, match=r"sum to 99\.999, not 100") as caught:
        rule(**fixed(a="33.333", b="33.333", c="33.333"))
    assert caught.value.code == "percent-sum"
    assert rule(**fixed(a="33.333", b="33.333", c="33.334")).targets[2][1] == Decimal("33.334")


def test_rules_are_tried_by_phase_and_then_by_priority():
    rules = [
        rule(name="c", phase="overhead", priority=1),
        rule(name="b", phase="direct", priority=9),
        rule(name="a", phase="direct", priority=2),
    ]
    assert [each.name for each in in_order(rules)] == ["a", "b", "c"]


def test_one_priority_for_two_rules_is_refused():
    with pytest.raises(RuleBroken, match="priority 1"):
        check_rules([rule(name="a"), rule(name="b", phase="shared")])


def test_a_target_that_is_not_there_is_refused():
    check_rules([rule()], known=[SERVE])
    with pytest.raises(RuleBroken, match="there is no target"):
        check_rules([rule()], known=[OTHER])


def pool(name, priority, source, *into):
    options = {"pool": source} if source else {}
    return rule(
        name=name,
        phase="shared",
        priority=priority,
        method="even",
        targets=targets(*into),
        options=options,
    )


def test_pools_that_would_send_money_round_are_refused_with_the_way_it_goes():
    rules = [
        pool("a", 1, "pool/gpu", "pool/ops"),
        pool("b", 2, "pool/ops", "pool/net", SERVE),
        pool("c", 3, "pool/net", "pool/gpu"),
    ]
    with pytest.raises(RuleBroken) as caught:
        check_rules(rules)
    assert caught.value.code == "pool-cycle"
    assert "pool/gpu → pool/ops → pool/net → pool/gpu" in caught.value.message


def test_a_pool_is_filled_before_it_is_emptied():
    fill, empty = pool("fill", 1, "", "pool/gpu"), pool("empty", 2, "pool/gpu", SERVE)
    check_rules([empty, fill])
    late = pool("late", 3, "", "pool/gpu")
    with pytest.raises(RuleBroken, match="'late' fills pool/gpu after 'empty'"):
        check_rules([fill, empty, late])


def test_usage_counts_what_each_version_did_and_a_model_has_its_versions_share():
    used = {"predictions": {"MDL-00001/v1": 30, "MDL-00001/v2": 10, "MDL-00002/v1": 60}}
    by_version = rule(method="usage", targets=[], options={"driver": "predictions"})
    assert weigh(by_version, used, {}).weights == {SERVE: 3, "MDL-00001/v2/serve": 1, OTHER: 6}
    by_model = rule(
        method="usage", targets=targets("MDL-00001", OTHER), options={"driver": "predictions"}
    )
    assert weigh(by_model, used, {}).weights == {"MDL-00001": 2, OTHER: 3}


def test_a_driver_without_quantities_falls_back_in_turn_and_says_which_one_spoke():
    options = {"driver": "predictions", "fallbacks": ["gpu_seconds", "cost", "even"]}
    shared = rule(method="usage", targets=targets(SERVE, OTHER), options=options)
    assert weigh(shared, {"gpu_seconds": {"MDL-00002/v1": 5}}, {}).driver == "gpu_seconds"
    found = weigh(shared, {"predictions": {"MDL-00009/v1": 5}}, {SERVE: 7, OTHER: 14})
    assert (found.driver, found.weights) == ("cost", {SERVE: 1, OTHER: 2})
    assert weigh(shared, {}, {}).weights == {SERVE: 1, OTHER: 1}
    alone = rule(method="usage", targets=targets(SERVE), options={"driver": "predictions"})
    assert not weigh(alone, {}, {}).weights


def test_a_negative_driver_is_refused_and_a_negative_cost_weighs_nothing():
    by_usage = rule(method="usage", targets=[], options={"driver": "tokens"})
    with pytest.raises(RuleBroken, match="below 0"):
        weigh(by_usage, {"tokens": {"MDL-00001/v1": -1}}, {})
    found = weigh(rule(method="proportional_cost", targets=[]), {}, {SERVE: -5, OTHER: 5})
    assert (found.weights, found.negative) == ({OTHER: 1}, (SERVE,))


def test_overhead_follows_cost_but_never_goes_to_pools_or_to_what_is_unallocated():
    costs = {SERVE: 1, "pool/gpu": 4, "unallocated/no_rule": 2, "organisation": 9}
    assert set(weigh(rule(method="proportional_cost", targets=[]), {}, costs).weights) == {SERVE}


DECIMALS = st.decimals(0, 10**20, places=18, allow_nan=False)


@given(st.dictionaries(st.text(max_size=3), DECIMALS, max_size=6))
def test_whole_weights_keep_the_proportions(weights):
    whole = whole_weights(weights)
    total, exact = sum(whole.values()), sum(map(Fraction, weights.values()))
    assert total < 2**51
    for key, weight in weights.items():
        wanted = Fraction(weight) / exact if exact else Fraction(0)
        got = Fraction(whole.get(key, 0), total) if total else Fraction(0)
        assert abs(wanted - got) < Fraction(1, 10**13)


def test_whole_weights_are_exact_where_they_fit():
    weights = {"a": Decimal("33.3"), "b": Decimal("66.7"), "c": Decimal(0)}
    assert whole_weights(weights) == {"a": 333, "b": 667}
    assert whole_weights({}) == {}


TAGGED = {"phase": "direct", "method": "by_tag", "targets": []}


def known():
    return directory(
        [
            Standing("MDL-00001/v1/serve", aliases=("scoring",)),
            Standing("MDL-00001/v1/train"),
            Standing("team/credit", aliases=("Credit",)),
            Standing("team/old", retired_on=dt.date(2026, 1, 10), successor="team/credit"),
            Standing("team/gone", retired_on=dt.date(2026, 1, 10)),
        ]
    )


@pytest.mark.parametrize(
    ("options", "tags", "key"),
    [
        ({}, {"model": "scoring"}, SERVE),
        ({}, {"model": SERVE}, SERVE),
        ({}, {"model": "Scoring"}, "unallocated/target_unknown"),
        ({"fold": True}, {"Model": "SCORING"}, SERVE),
        ({"fold": True}, {"Model": "a", "model": "b"}, "unallocated/ambiguous_tag"),
        ({"phase_tag": "stage"}, {"model": "scoring", "stage": "Train"}, "MDL-00001/v1/train"),
        ({"phase_tag": "stage"}, {"model": "scoring", "stage": "monitor"}, SERVE),
        ({}, {"other": "scoring"}, ""),
        ({}, {"model": ""}, ""),
    ],
)
def test_a_tag_names_a_target_by_its_key_or_alias(options, tags, key):
    tagged = rule(**TAGGED, options={"tag": "model", **options})
    assert named_target(tagged, tags, known()) == key


def test_a_retired_target_pays_until_the_day_and_then_its_successor_or_nobody():
    before, after = dt.date(2026, 1, 9), dt.date(2026, 1, 10)
    assert charged_to("team/old", before, known()) == "team/old"
    assert charged_to("team/old", after, known()) == "team/credit"
    assert charged_to("team/gone", after, known()) == "unallocated/target_retired"
    assert charged_to("team/credit", after, known()) == "team/credit"


def test_the_digest_of_all_targets_is_that_of_their_canonical_form() -> None:
    known = directory(
        [
            Standing("pool/ä\x01\t😀", ('"quoted"', "back\\slash"), dt.date(2026, 1, 9), SERVE),
            Standing(SERVE),
        ]
    )
    plain = [
        ["pool/ä\x01\t😀", ['"quoted"', "back\\slash"], "2026-01-09", SERVE],
        [SERVE, [], "", ""],
    ]
    assert directory_digest(known) == digest(plain)
