"""What charges tell of a line's way, where rules changed within its month."""

import datetime as dt

from governance.costs.rules.allocation import read_rule
from governance.costs.rules.matching import Described
from governance.costs.rules.naming import Standing, directory
from governance.costs.rules.ways import OnDay, grow, read_way, share_of

KNOWN = directory([Standing("pool/gpu"), Standing("team/a"), Standing("team/b")])


def step(rule: str, target: str, driver: str) -> dict[str, str]:
    return {"rule": rule, "target": target, "weight": "1", "weight_sum": "1", "driver": driver}


def emptying(key: str, target: str, **days: str):
    raw = {"priority": len(key), "phase": "idle", "name": key, "matcher": {"all": []}}
    into = {"method": "even", "targets": [{"target": target}], "options": {"pool": "pool/gpu"}}
    return read_rule({**raw, **into, **days}, key)


def test_money_entered_for_a_pool_follows_the_rule_that_emptied_it_on_its_day() -> None:
    rules = {
        "one": emptying("one", "team/a", valid_to="2026-01-10"),
        "other": emptying("other", "team/b", valid_from="2026-01-10"),
    }
    entered = step("", "pool/gpu", "entered")
    before = read_way([entered, step("one", "team/a", "even")], "team/a")
    after = read_way([entered, step("other", "team/b", "even")], "team/b")
    for day, own in ((9, before), (10, after)):
        line = Described({}, {}, dt.date(2026, 1, day))
        tree = grow([before, after], OnDay(line, rules, KNOWN))
        assert [share_of(tree, way, 7) for way in (before, after)] == [
            7 if way == own else 0 for way in (before, after)
        ]
