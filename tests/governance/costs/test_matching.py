"""Matchers: read strictly, and the same in Python and in SQL."""

import datetime as dt

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.costs.rules.matching import (
    AMBIGUOUS,
    FIELDS,
    LEAVES,
    Ambiguous,
    Described,
    TagKey,
    matches,
    read_matcher,
    tag_value,
    to_sql,
)
from governance.kernel.errors import RuleBroken

DAY = dt.date(2026, 1, 15)
DB = duckdb.connect()
WORDS = st.sampled_from(["", "a", "ab", "abc", "b", "A", " a", "it's", "é", "%", "a_"])
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9))
FIELD = st.sampled_from(FIELDS[:4])
KEYS = st.sampled_from(["org", " org", "Org", "env"])
READING = st.fixed_dictionaries({}, optional={"trim": st.booleans(), "fold": st.booleans()})


def _charged(pair):
    start, before = sorted(pair)
    return {"charged": {"from": str(start), "before": str(before)}}


LEAF = st.one_of(
    st.builds(lambda f, t: {"field": f, "is": t}, FIELD, WORDS),
    st.builds(lambda f, t: {"field": f, "prefix": t}, FIELD, WORDS.filter(bool)),
    st.builds(lambda k, r: {"tag": k, **r}, KEYS, READING),
    st.builds(lambda k, t, r: {"tag": k, "is": t, **r}, KEYS, WORDS, READING),
    st.lists(DAYS, min_size=2, max_size=2, unique=True).map(_charged),
)
MATCHERS = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
LINES = st.builds(
    Described,
    fields=st.fixed_dictionaries(dict.fromkeys(FIELDS[:4], WORDS)),
    tags=st.dictionaries(KEYS, WORDS | st.just(value=True) | st.lists(WORDS), max_size=3),
    charged=DAYS,
)


def line(**fields):
    tags = fields.pop("tags", {})
    return Described(fields=fields, tags=tags, charged=fields.pop("charged", DAY))


@given(MATCHERS, st.lists(LINES, min_size=1, max_size=5))
def test_a_matcher_says_the_same_in_sql_as_in_python(raw, lines):
    matcher = read_matcher(raw)
    for each in lines:
        looked_up = {}

        def column(key, each=each, looked_up=looked_up):
            value = tag_value(each.tags, key)
            name = f"tag_{len(looked_up)}"
            looked_up[name] = AMBIGUOUS if value is Ambiguous else value
            return name

        predicate = to_sql(matcher, column)
        row = {**each.fields, "charged": each.charged, **looked_up}
        columns = ", ".join(
            f"CAST(? AS {'DATE' if name == 'charged' else 'VARCHAR'}) AS {name}" for name in row
        )
        found = DB.execute(
            f"SELECT coalesce({predicate}, FALSE) FROM (SELECT {columns})",  # noqa: S608
            list(row.values()),
        ).fetchone()
        assert found == (matches(matcher, each),)


def test_an_empty_all_holds_for_each_line_and_an_empty_any_for_none():
    assert matches(read_matcher({"all": []}), line())
    assert not matches(read_matcher({"any": []}), line())


def test_charge_dates_include_the_first_day_and_not_the_last():
    matcher = read_matcher({"charged": {"from": "2026-01-15", "before": "2026-01-16"}})
    assert matches(matcher, line())
    assert not matches(matcher, line(charged=dt.date(2026, 1, 16)))


def test_tags_are_read_as_delivered_unless_trimming_and_folding_are_asked_for():
    tagged = line(tags={" Org": "Credit "})
    assert not matches(read_matcher({"tag": "org", "is": "credit"}), tagged)
    asked = {"tag": "org", "is": "credit", "trim": True, "fold": True}
    assert matches(read_matcher(asked), tagged)


def test_two_tags_that_fold_to_one_and_contradict_each_other_match_neither():
    tagged = line(tags={"org": "credit", "ORG": "risk"})
    folded = TagKey("org", fold=True)
    assert tag_value(tagged.tags, folded) is Ambiguous
    for value in ("credit", "risk"):
        assert not matches(read_matcher({"tag": "org", "is": value, "fold": True}), tagged)
    assert not matches(read_matcher({"tag": "org", "fold": True}), tagged)
    assert matches(read_matcher({"tag": "org", "is": "credit"}), tagged)


@pytest.mark.parametrize("tags", [{"org": "credit", "ORG": "risk"}, {"org": ["credit", "risk"]}])
def test_what_contradicts_itself_is_neither_in_nor_out(tags):
    unclear = {"tag": "org", "is": "credit", "fold": True}
    everything, nothing = {"all": []}, {"any": []}
    for raw in (
        {"not": unclear},
        {"not": {"tag": "org", "fold": True}},
        {"all": [everything, {"not": unclear}]},
        {"not": {"any": [nothing, unclear]}},
    ):
        assert not matches(read_matcher(raw), line(tags=tags)), raw
    assert matches(read_matcher({"any": [everything, unclear]}), line(tags=tags))
    assert matches(read_matcher({"not": {"all": [nothing, unclear]}}), line(tags=tags))


def test_a_tag_without_a_value_reads_as_true():
    assert matches(read_matcher({"tag": "gpu", "is": "true"}), line(tags={"gpu": True}))


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (None, "matcher"),
        ({}, "matcher"),
        ({"all": {}}, "matcher.all"),
        ({"all": [{"field": "colour", "is": "x"}]}, "matcher.all[0].field"),
        ({"any": [{"not": {"field": "sku"}}]}, "matcher.any[0].not"),
        ({"field": "sku", "is": "a", "prefix": "a"}, "matcher"),
        ({"field": "sku", "prefix": ""}, "matcher.prefix"),
        ({"field": "sku", "is": 7}, "matcher.is"),
        ({"field": "sku", "is": "a\x00"}, "matcher.is"),
        ({"field": "sku", "is": "a", "fold": True}, "matcher"),
        ({"tag": " "}, "matcher.tag"),
        ({"tag": "a", "trim": "yes"}, "matcher.trim"),
        ({"charged": {}}, "matcher.charged"),
        ({"charged": {"from": "1/5/25"}}, "matcher.charged.from"),
        ({"charged": {"from": "2026-01-02", "before": "2026-01-02"}}, "matcher.charged"),
        ({"any": [{"tag": "a"}] * (LEAVES + 1)}, "matcher"),
    ],
)
def test_what_is_no_matcher_is_refused_where_it_stands(raw, at):
    with pytest.raises(RuleBroken) as caught:
        read_matcher(raw)
    assert at in caught.value.errors


def test_a_matcher_is_not_nested_without_end():
    raw = {"all": []}
    for _ in range(20):
        raw = {"not": raw}
    with pytest.raises(RuleBroken, match="nested deeper"):
        read_matcher(raw)
