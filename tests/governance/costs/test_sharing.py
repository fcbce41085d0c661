"""The engine shares a bill out as plain Python would line by line, to the last unit."""

import datetime as dt
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from governance.costs.engine.job import Book
from governance.costs.engine.sharing import Allocation
from governance.costs.rules.allocation import read_rule
from governance.costs.rules.naming import Standing, directory
from governance.costs.rules.pools import in_order
from governance.kernel.money import UNIT
from tests.governance.costs.landings import MONTH, Line, by_hand, landing

VERSIONS = [f"MDL-0000{n}/v1/serve" for n in range(1, 5)]
KNOWN = directory(
    [
        *(Standing(key, aliases=(f"model-{n}",)) for n, key in enumerate(VERSIONS)),
        Standing("team/credit"),
        Standing("team/old", retired_on=dt.date(2026, 1, 16), successor="team/credit"),
        Standing("team/gone", retired_on=dt.date(2026, 1, 10)),
        Standing("pool/gpu"),
        Standing("pool/ops"),
    ]
)
DRIVERS = {"predictions": {"MDL-00001/v1": 7 * UNIT, "MDL-00002/v1": 11 * UNIT + 1}}


def share(lines, rules, *, drivers=DRIVERS, known=KNOWN):
    """Return what the engine makes of ``lines``, and the book that it used."""
    book = Book(MONTH, tuple(in_order(rules)), drivers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        work = Allocation(path, MONTH, [landing(path / "bill.parquet", lines)])
        try:
            return work.share(lambda _: [book], known), book
        finally:
            work.close()


def totals(shared):
    return {key: (sums.billed, sums.effective) for key, sums in shared.targets.items()}


def rule(**changes):
    raw = {"phase": "direct", "name": f"Rule {changes['priority']}", "matcher": {"all": []}}
    return read_rule({**raw, **changes})


def to(*keys):
    return [{"target": key} for key in keys]


AMOUNTS = st.one_of(
    st.integers(-20, 20),
    st.integers(-(10**24), 10**24),
    st.integers(-(10**36), 10**36),
)
WORDS = st.sampled_from(["", "a", "ab", "abc", "b"])
LINES = st.builds(
    Line,
    billed=AMOUNTS,
    effective=AMOUNTS,
    day=st.dates(dt.date(2026, 1, 5), dt.date(2026, 1, 20)),
    hours=st.sampled_from([1, 24, 31]),
    issuer=st.sampled_from(["Cloud", "Other", "Adjustments"]),
    currency=st.sampled_from(["USD", "EUR"]),
    tags=st.dictionaries(
        st.sampled_from(["model", "Model", "env"]),
        st.sampled_from(["model-0", "model-1", "pool/gpu", "nobody", ""]),
        max_size=2,
    ),
    about=st.fixed_dictionaries(
        {"resource": WORDS, "service": WORDS},
        optional={"target_key": st.sampled_from(["", "team/credit", "pool/gpu", "pool/ops"])},
    ),
)
LEAVES = st.one_of(
    st.builds(lambda t: {"field": "resource", "is": t}, WORDS),
    st.builds(lambda t: {"field": "resource", "prefix": t}, WORDS.filter(bool)),
    st.builds(lambda t: {"field": "service", "is": t}, WORDS),
    st.builds(lambda t, f: {"tag": "model", "is": t, "fold": f}, WORDS, st.booleans()),
    st.just({"tag": "env"}),
    st.just({"charged": {"from": "2026-01-12"}}),
)
MATCHERS = st.one_of(
    st.just({"all": []}),
    LEAVES,
    LEAVES.map(lambda part: {"not": part}),
    st.lists(LEAVES, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
)
PEOPLE = [*VERSIONS, "team/credit", "team/old", "team/gone"]
SOME = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True)
FALLBACKS = {"driver": "predictions", "fallbacks": ["cost"]}
METHODS = st.one_of(
    st.sampled_from([*PEOPLE, "pool/gpu"]).map(lambda k: {"method": "direct", "targets": to(k)}),
    SOME.map(lambda keys: {"method": "even", "targets": to(*keys, "pool/gpu")}),
    st.just({"method": "by_tag", "options": {"tag": "model", "fold": True}}),
    st.just({"method": "usage", "options": {"driver": "predictions"}}),
    SOME.map(lambda keys: {"method": "usage", "targets": to(*keys), "options": FALLBACKS}),
    st.just({"method": "proportional_cost"}),
)
FILLING = st.tuples(st.sampled_from(["direct", "shared"]), MATCHERS, METHODS)
EMPTYING = st.tuples(
    st.sampled_from([("pool/gpu", "pool/ops"), ("pool/gpu", "team/credit"), ("pool/ops", "")]),
    MATCHERS,
    SOME,
)


@st.composite
def rule_sets(draw):
    """Rules in which the GPU pool, and then the pool of operations, are filled and emptied."""
    rules = []
    for phase, matcher, method in draw(st.lists(FILLING, max_size=5)):
        rules.append(rule(priority=len(rules), phase=phase, matcher=matcher, **method))
    emptying = sorted(draw(st.lists(EMPTYING, max_size=3)), key=lambda each: each[0][0])
    for (pool, more), matcher, keys in emptying:
        into = to(*{*keys, *([more] if more else [])})
        rules.append(
            rule(
                priority=len(rules),
                phase="idle",
                matcher=matcher,
                method="even",
                targets=into,
                options={"pool": pool},
            )
        )
    last = {"priority": len(rules), "phase": "overhead", "method": "proportional_cost"}
    return [*rules, rule(**last)] if draw(st.booleans()) else rules


@settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=1, max_size=12), rule_sets(), st.randoms())
def test_every_line_is_shared_exactly_and_nothing_is_lost(lines, rules, random):
    found, book = share(lines, rules)
    assert totals(found) == by_hand(lines, book, KNOWN)
    for currency in {line.currency for line in lines}:
        for basis in ("billed", "effective"):
            imported = sum(getattr(line, basis) for line in lines if line.currency == currency)
            shared = sum(getattr(s, basis) for (_, c), s in found.targets.items() if c == currency)
            assert shared == imported
    assert found.lines_broken == 0
    random.shuffle(lines)
    random.shuffle(rules)
    assert share(lines, rules)[0].digest == found.digest


def test_the_sign_stays_with_the_amount_and_a_weight_of_nothing_gets_nothing():
    weights = [("MDL-00001/v1/serve", "33.3"), ("team/credit", "66.7"), ("team/gone", "0")]
    listed = [{"target": key, "weight": weight} for key, weight in weights]
    fixed = rule(priority=1, method="fixed", targets=listed)
    found, _ = share([Line(-7, 10)], [fixed])
    assert totals(found) == {
        ("MDL-00001/v1/serve", "USD"): (-2, 3),
        ("team/credit", "USD"): (-5, 7),
    }


def test_what_was_entered_for_a_target_goes_there_before_any_rule():
    lines = [
        Line(5, 5, about={"target_key": "team/credit"}),
        Line(3, 3, about={"target_key": "team/nobody"}),
    ]
    found, _ = share(lines, [rule(priority=1, method="direct", targets=to(VERSIONS[0]))])
    assert totals(found) == {
        ("team/credit", "USD"): (5, 5),
        ("unallocated/target_unknown", "USD"): (3, 3),
    }


def emptying(priority, *keys, **changes):
    options = {"pool": "pool/gpu"}
    into = {"method": "even", "targets": to(*keys), "options": options}
    return rule(priority=priority, phase="idle", **into, **changes)


def test_what_was_entered_for_a_pool_or_tagged_with_it_is_shared_out_with_the_pool():
    lines = [
        Line(10, 10, about={"target_key": "pool/gpu"}),
        Line(4, 4, tags={"model": "pool/gpu"}),
        Line(3, 3, issuer="Adjustments", about={"target_key": "pool/gpu"}),
    ]
    by_tag = rule(priority=1, method="by_tag", options={"tag": "model"})
    found, _ = share(lines, [by_tag, emptying(2, *VERSIONS[:2])])
    assert totals(found) == {
        (VERSIONS[0], "USD"): (7, 7),
        (VERSIONS[1], "USD"): (7, 7),
        ("pool/gpu", "USD"): (3, 3),
    }


def test_what_was_entered_for_a_pool_goes_on_from_pool_to_pool():
    onward = {"method": "even", "targets": to("team/credit"), "options": {"pool": "pool/ops"}}
    rules = [emptying(1, "pool/ops"), rule(priority=2, phase="idle", **onward)]
    found, _ = share([Line(10, 10, about={"target_key": "pool/gpu"})], rules)
    assert totals(found) == {("team/credit", "USD"): (10, 10)}


def test_a_tag_that_names_a_pool_after_it_was_emptied_leaves_the_money_there():
    late = rule(priority=3, phase="overhead", method="by_tag", options={"tag": "model"})
    found, _ = share([Line(4, 4, tags={"model": "pool/gpu"})], [emptying(2, VERSIONS[0]), late])
    assert totals(found) == {("pool/gpu", "USD"): (4, 4)}


def test_a_rule_that_empties_a_pool_is_counted_by_what_reached_the_pool():
    only = {"matcher": {"field": "resource", "is": "a"}}
    rules = [
        rule(priority=1, method="direct", targets=to("pool/gpu"), **only),
        emptying(2, VERSIONS[0], **only),
        emptying(3, VERSIONS[1]),
        emptying(4, VERSIONS[2], matcher={"field": "resource", "is": "b"}),
    ]
    lines = [Line(1, 1, about={"resource": text}) for text in ("a", "a", "b")]
    found, _ = share([*lines, Line(1, 1, about={"target_key": "pool/gpu"})], rules)
    counts = {key: (count.matched, count.taken) for key, count in found.rules.items()}
    assert counts == {"Rule 1": (2, 2), "Rule 2": (2, 2), "Rule 3": (3, 1), "Rule 4": (0, 0)}


def test_rules_that_never_match_overlap_or_lie_in_the_shadow_are_counted():
    rules = [
        rule(priority=1, matcher={"field": "resource", "prefix": "a"}, **METHOD_ONE),
        rule(priority=2, matcher={"field": "resource", "is": "ab"}, **METHOD_ONE),
        rule(priority=3, matcher={"field": "resource", "is": "zz"}, **METHOD_ONE),
    ]
    lines = [Line(1, 1, about={"resource": text}) for text in ("a", "ab", "abc", "b")]
    found, _ = share(lines, rules)
    counts = {key: (count.matched, count.taken) for key, count in found.rules.items()}
    assert counts == {"Rule 1": (3, 3), "Rule 2": (1, 0), "Rule 3": (0, 0)}
    assert found.overlapping == 1
    assert found.targets["unallocated/no_rule", "USD"].lines == 1


METHOD_ONE = {"method": "direct", "targets": to("team/credit")}


def test_a_correction_is_split_by_the_rules_of_the_month_that_it_corrects():
    december = dt.date(2025, 12, 1)
    lines = [
        Line(10, 10, day=dt.date(2025, 12, 20), about={"charge_class": "Correction"}),
        Line(20, 20, day=dt.date(2025, 12, 31)),
        Line(30, 30),
    ]
    now = rule(priority=1, method="direct", targets=to("team/credit"))
    then = rule(priority=1, method="direct", targets=to(VERSIONS[0]))
    asked = []

    def books(months):
        asked.extend(months)
        return [Book(MONTH, (now,), {}), *(Book(month, (then,), {}) for month in months)]

    with tempfile.TemporaryDirectory() as folder:
        work = Allocation(Path(folder), MONTH, [landing(Path(folder) / "bill.parquet", lines)])
        found = work.share(books, KNOWN)
        work.close()
    assert asked == [december]
    assert totals(found) == {("team/credit", "USD"): (50, 50), (VERSIONS[0], "USD"): (10, 10)}


def test_days_sum_to_charges_and_a_line_over_midnight_is_spread_by_seconds():
    lines = [Line(100, 7, hours=72), Line(5, 5)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        work = Allocation(path, MONTH, [landing(path / "bill.parquet", lines)])
        work.share(lambda _: [Book(MONTH, (rule(priority=1, **METHOD_ONE),), {})], KNOWN)
        slices = path / "slices.csv"
        slices.write_text("".join(f"{n},{x.digest}\n" for n, x in enumerate(lines)))
        charges, days = work.write("run", {"team/credit": "the id"}, slices, path)
        work.close()
        charged = [row.split(",") for row in charges.read_text().splitlines()]
        by_day = defaultdict(list)
        for row in days.read_text().splitlines():
            cells = row.split(",")
            by_day[cells[2]].append((cells[10], cells[11], cells[12]))
    assert [row[0] for row in charged] == ["run"] * len(charged)
    unit = "0.000000000000000"
    assert by_day["2026-01-15"] == [("2", f"{unit}039", f"{unit}008")]
    assert by_day["2026-01-16"] == [("0", f"{unit}033", f"{unit}002")]
    assert by_day["2026-01-17"] == [("0", f"{unit}033", f"{unit}002")]
