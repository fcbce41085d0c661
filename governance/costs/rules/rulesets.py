"""A set of rules as one thing: read strictly, with every fault named, and compared with another."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.rules.allocation import SharingRule, read_rule
from governance.costs.rules.pools import check_rules
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import DomainError, RuleBroken

FIELDS = ("priority", "phase", "name", "matcher", "method", "targets", "options")
DAYS = ("valid_from", "valid_to")
MOST_RULES = 1000
LONGEST_NAME = 200
_MOST_FAULTS = 20
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one rule: ``kind`` is added, removed or changed; ``fields`` what differs."""

    kind: str
    name: str
    before: Raw | None
    after: Raw | None
    fields: tuple[str, ...] = ()


def read_rules(raws: Sequence[Any]) -> list[SharingRule]:
    """Return the rules; raises ``RuleBroken`` that names each faulty one under ``rules.N``."""
    if len(raws) > MOST_RULES:
        raise RuleBroken("too-many-rules", f"A set has at most {MOST_RULES:,} rules.")
    rules, faults, first = [], {}, ""
    for place, raw in enumerate(raws, 1):
        try:
            rules.append(_read(raw, place))
        except DomainError as error:
            faults[f"rules.{place}"] = [error.message]
            first = first or error.code
            if len(faults) == _MOST_FAULTS:
                break
    if faults:
        raise RuleBroken(first, next(iter(faults.values()))[0], errors=faults)
    return rules


def _read(raw: Any, place: int) -> SharingRule:
    if not isinstance(raw, Mapping):
        raise RuleBroken("bad-rule", f"Rule {place} is no object with names and values.")
    if unknown := sorted(set(map(str, raw)) - {*FIELDS, *DAYS}):
        said = f"Rule {raw.get('name') or place!r}: there is no {', '.join(unknown)} in a rule."
        raise RuleBroken("bad-rule", said)
    rule = read_rule(raw)
    if len(rule.name) > LONGEST_NAME:
        raise RuleBroken("bad-rule", f"Rule {place}: a name has at most {LONGEST_NAME} characters.")
    return rule


def check_together(rules: Sequence[SharingRule], known: Iterable[str]) -> None:
    """Raise ``RuleBroken`` unless the rules work together and name targets that are there."""
    names: set[str] = set()
    for rule in rules:
        if rule.name.casefold() in names:
            raise RuleBroken("name-twice", f"Two rules are called {rule.name!r}.")
        names.add(rule.name.casefold())
    check_rules(rules, known)


def targets_of(rules: Iterable[SharingRule]) -> set[str]:
    """Return the keys that the rules give to and take from."""
    given = {key for rule in rules for key, _ in rule.targets}
    return given | {rule.pool for rule in rules if rule.pool}


def plain(raw: Raw) -> dict[str, Json]:
    """Return a rule as it is stored, digested and given out: all fields, days and weights as text.

    Numbers typed into YAML become text here, so that no weight is ever a float.
    """
    found: dict[str, Json] = {name: raw.get(name) for name in FIELDS}
    found["name"] = str(raw["name"]).strip()
    found["targets"] = [_target(each) for each in raw.get("targets") or []]
    found["options"] = dict(raw.get("options") or {})
    for name in DAYS:
        day = raw.get(name)
        found[name] = day.isoformat() if isinstance(day, dt.date) else day
    return found


def _target(raw: Raw) -> dict[str, Json]:
    weight = raw.get("weight")
    return {"target": raw["target"]} | ({} if weight is None else {"weight": str(weight)})


def rules_digest(rules: Sequence[Raw]) -> str:
    """Return the digest over plain rules in the order in which they are tried."""
    ordered = sorted(rules, key=lambda rule: int(rule["priority"]))
    return digest([dict(rule) for rule in ordered])


def compared(before: Iterable[Raw], after: Iterable[Raw]) -> list[Change]:
    """Return what differs between two sets of plain rules, matched by name, in order of names."""
    old = {str(rule["name"]): rule for rule in before}
    new = {str(rule["name"]): rule for rule in after}
    changes = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            changes.append(Change("removed" if now is None else "added", name, was, now))
        elif fields := tuple(field for field in (*FIELDS, *DAYS) if was[field] != now[field]):
            changes.append(Change("changed", name, was, now, fields))
    return changes
