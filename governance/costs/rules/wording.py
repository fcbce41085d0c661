"""Rules in words, and conditions as lines that people type.

One condition a line, all of them must hold: ``service is Endpoints``, ``resource starts with
arn:aws:sagemaker``, ``tag team is credit``, ``tag team`` (whatever its value), ``not category is
Tax``, ``charged from 2026-01-01``, ``charged before 2026-02-01``. ``tag~`` looks without outer
spaces and without case. A matcher with alternatives is written as JSON instead.
"""

import json
from collections.abc import Mapping
from typing import Any

from governance.costs.kinds import Method, UsageUnit
from governance.costs.rules.allocation import COST, EVEN, SharingRule
from governance.costs.rules.matching import (
    FIELDS,
    All,
    AnyOf,
    Charged,
    FieldIs,
    FieldStarts,
    Matcher,
    Not,
    Tagged,
    read_matcher,
)
from governance.kernel.errors import DomainError, RuleBroken

_MOST_NAMED = 6
_DRIVERS = {
    COST: "cost so far",
    EVEN: "equal parts",
    "fixed": "fixed percentages",
    "tag": "a tag",
    "entered": "what was entered",
    "direct": "",
}
_LOOSE = {"trim": True, "fold": True}


def matcher_from_lines(text: str) -> dict[str, Any]:
    """Return the matcher (JSON) that lines or JSON text write down; nothing matches every line.

    Raises ``RuleBroken`` naming the line.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            found = json.loads(stripped)
        except (ValueError, RecursionError) as error:
            raise RuleBroken("bad-matcher", "The conditions are no JSON.") from error
        read_matcher(found)
        return dict(found)
    lines = [line.strip() for line in stripped.splitlines() if line.strip()]
    parts = [_condition(line) for line in lines]
    return parts[0] if len(parts) == 1 else {"all": parts}


def lines_from_matcher(raw: Mapping[str, Any]) -> str:
    """Return a matcher as lines where lines can say it, as JSON otherwise."""
    parts = raw["all"] if set(raw) == {"all"} else [raw]
    lines = [_line(part) for part in parts]
    if any(line is None for line in lines):
        return json.dumps(raw, indent=1, ensure_ascii=False)
    return "\n".join(line for line in lines if line)


def _condition(line: str) -> dict[str, Any]:
    if line.startswith("not "):
        return {"not": _condition(line.removeprefix("not ").strip())}
    head, _, rest = line.partition(" ")
    found = _tag(head, rest) if head in {"tag", "tag~"} else _other(head, rest)
    if found is None:
        said = f"“{line}” is no condition. Write, for example, “service is Endpoints”."
        raise RuleBroken("bad-matcher", said, errors={"matcher": [said]})
    try:
        read_matcher(found)
    except DomainError as error:
        raise RuleBroken("bad-matcher", f"“{line}”: {error.message}") from error
    return found


def _tag(head: str, rest: str) -> dict[str, Any] | None:
    key, said, value = rest.partition(" is ")
    if not key.strip():
        return None
    found: dict[str, Any] = {"tag": key.strip()} | (_LOOSE if head == "tag~" else {})
    return found | ({"is": value.strip()} if said else {})


def _other(head: str, rest: str) -> dict[str, Any] | None:
    if head == "charged":
        word, _, day = rest.strip().partition(" ")
        return {"charged": {word: day.strip()}} if word in {"from", "before"} else None
    if head not in FIELDS:
        return None
    for words, name in (("is", "is"), ("starts with", "prefix")):
        if rest.startswith(f"{words} "):
            return {"field": head, name: rest.removeprefix(f"{words} ").strip()}
    return {"field": head, "is": ""} if rest == "is" else None


def _line(raw: Mapping[str, Any]) -> str | None:
    if set(raw) == {"not"}:
        inner = _line(raw["not"])
        return None if inner is None else f"not {inner}"
    if "field" in raw:
        known = "is" in raw
        said = f"is {raw['is']}" if known else f"starts with {raw['prefix']}"
        return _same(f"{raw['field']} {said}".rstrip(), raw)
    if "tag" in raw:
        loose = {name: raw[name] for name in _LOOSE if name in raw}
        head = "tag~" if loose == _LOOSE else "tag"
        value = f" is {raw['is']}" if "is" in raw else ""
        return _same(f"{head} {raw['tag']}{value}", raw)
    if "charged" in raw and len(raw["charged"]) == 1:
        word, day = next(iter(raw["charged"].items()))
        return f"charged {word} {day}"
    return None


def _same(line: str, raw: Mapping[str, Any]) -> str | None:
    """Return the line if it reads back as ``raw``: spaces at an end, say, have no line."""
    return line if "\n" not in line and _read_back(line) == raw else None


def _read_back(line: str) -> dict[str, Any] | None:
    try:
        return _condition(line)
    except DomainError:
        return None


def rule_in_words(rule: SharingRule) -> str:
    """Return a rule as a sentence: which lines, from where, to whom, in which proportion."""
    lines = condition_in_words(rule.matcher)
    start = f"{rule.pool} is shared out" if rule.pool else "Lines"
    which = "" if not lines else f" where {lines}"
    if rule.pool:
        return f"{start}{which} {_sharing(rule)}{_days(rule)}."
    every = f"{start}{which}" if which else "Every line that is left"
    verb = "go" if which else "goes"
    return f"{every} {verb} {_sharing(rule)}{_days(rule)}."


def condition_in_words(matcher: Matcher) -> str:  # noqa: PLR0911 - one for each node
    """Return a matcher as the end of a sentence; nothing when it holds for every line."""
    match matcher:
        case All(parts):
            return " and ".join(filter(None, (_inner(part) for part in parts)))
        case AnyOf(parts):
            return " or ".join(_inner(part) for part in parts) or "nothing ever fits"
        case Not(part):
            return f"it is not so that {_inner(part)}"
        case FieldIs(field, text):
            return f"{_field(field)} is “{text}”" if text else f"there is no {_field(field)}"
        case FieldStarts(field, text):
            return f"{_field(field)} starts with “{text}”"
        case Tagged(key, None):
            return f"there is a tag “{key.key}”"
        case Tagged(key, text):
            return f"tag “{key.key}” is “{text}”"
        case Charged(start, before):
            bounds = [f"from {start} on"] if start else []
            bounds += [f"before {before}"] if before else []
            return f"the charge began {' and '.join(bounds)}"


def _inner(part: Matcher) -> str:
    said = condition_in_words(part)
    many = isinstance(part, All | AnyOf) and len(part.parts) > 1
    return f"({said})" if many else said


def _sharing(rule: SharingRule) -> str:
    keys = [key for key, _ in rule.targets]
    match rule.method:
        case Method.DIRECT:
            return f"to {keys[0]}"
        case Method.BY_TAG:
            tag = rule.tag.key if rule.tag else ""
            return f"to the target that tag “{tag}” names"
        case Method.EVEN:
            return f"in equal parts to {_named(keys)}"
        case Method.FIXED:
            return "to " + _named(
                [f"{key} ({weight.normalize():f} %)" for key, weight in rule.targets]
            )
        case Method.PROPORTIONAL_COST:
            return f"to {_named(keys) or 'all that carry cost'}, by cost so far{_fallbacks(rule)}"
        case Method.USAGE:
            whom = _named(keys) or f"every version used ({rule.usage_phase})"
            return f"to {whom}, by {driver_words(rule.driver)}{_fallbacks(rule)}"


def _fallbacks(rule: SharingRule) -> str:
    named = [driver_words(driver) for driver in rule.fallbacks]
    return f" (or else by {', then '.join(named)})" if named else ""


def driver_words(driver: str) -> str:
    """Return in words what money went by; empty where a rule gives it to its one target."""
    if driver in _DRIVERS:
        return _DRIVERS[driver]
    return str(dict(UsageUnit.choices).get(driver, driver)).lower()


def _named(keys: list[str]) -> str:
    if len(keys) > _MOST_NAMED:
        return f"{', '.join(keys[:_MOST_NAMED])} and {len(keys) - _MOST_NAMED} more"
    return ", ".join(keys[:-1]) + f" and {keys[-1]}" if len(keys) > 1 else "".join(keys)


def _days(rule: SharingRule) -> str:
    parts = [f"from {rule.valid_from}"] if rule.valid_from else []
    parts += [f"before {rule.valid_to}"] if rule.valid_to else []
    return f", for charges {' and '.join(parts)}" if parts else ""


def _field(name: str) -> str:
    return "SKU" if name == "sku" else name.replace("_", " ")
