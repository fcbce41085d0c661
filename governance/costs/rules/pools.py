"""Whether the rules of a set work together: each priority once, and pools that empty downhill."""

from collections.abc import Iterable, Mapping, Sequence

from governance.costs.rules.allocation import POOL, SharingRule
from governance.kernel.errors import RuleBroken


def in_order(rules: Iterable[SharingRule]) -> list[SharingRule]:
    """Return ``rules`` in the order in which they are tried."""
    return sorted(rules, key=lambda rule: rule.place)


def check_rules(rules: Sequence[SharingRule], known: Iterable[str] | None = None) -> None:
    """Raise ``RuleBroken`` unless ``rules`` work together; ``known`` are the keys of targets."""
    priorities = [rule.priority for rule in rules]
    if twice := sorted({p for p in priorities if priorities.count(p) > 1}):
        raise RuleBroken("priority-twice", f"Two rules have the priority {twice[0]}.")
    if known is not None:
        there = set(known)
        for rule in rules:
            wanted = [*(key for key, _ in rule.targets), *([rule.pool] if rule.pool else [])]
            if missing := [key for key in wanted if key not in there]:
                said = f"Rule {rule.name!r}: there is no target {missing[0]!r}."
                raise RuleBroken("target-unknown", said)
    _check_cycles(rules)
    _check_order(rules)


def _check_cycles(rules: Sequence[SharingRule]) -> None:
    onward: dict[str, list[str]] = {}
    for rule in rules:
        if rule.pool:
            pools = [key for key, _ in rule.targets if key.startswith(POOL)]
            onward.setdefault(rule.pool, []).extend(pools)
    done: set[str] = set()
    for start in sorted(onward):
        _walk(start, onward, [], done)


def _walk(pool: str, onward: Mapping[str, list[str]], trail: list[str], done: set[str]) -> None:
    if pool in trail:
        cycle = " → ".join([*trail[trail.index(pool) :], pool])
        raise RuleBroken("pool-cycle", f"Money would go round: {cycle}.")
    if pool in done:
        return
    for following in onward.get(pool, []):
        _walk(following, onward, [*trail, pool], done)
    done.add(pool)


def _check_order(rules: Sequence[SharingRule]) -> None:
    """Raise unless every rule that fills a pool stands before every rule that empties it."""
    for filling in rules:
        for emptying in rules:
            fills = any(key == emptying.pool for key, _ in filling.targets)
            if emptying.pool and fills and filling.place >= emptying.place:
                said = (
                    f"Rule {filling.name!r} fills {emptying.pool} after {emptying.name!r} has "
                    "emptied it: give the emptying rule a later phase or priority."
                )
                raise RuleBroken("pool-order", said)
