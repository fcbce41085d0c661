"""How a rule shares money out: its JSON form, the checks on a set of rules, weights and targets.

A rule as stored (``models.Rule``) and as the API takes it::

    {"priority": 10, "phase": "direct", "name": "Scoring endpoints", "method": "fixed",
     "matcher": {"field": "service", "is": "Endpoints"},
     "targets": [{"target": "MDL-00042/v3/serve", "weight": "33.4"}, ...],
     "options": {}, "valid_from": "2026-01-01", "valid_to": null}

Rules are tried by phase (direct, shared, idle, overhead), then by priority; the first that matches
takes the line. ``valid_from`` is the first day of the charge it is for, ``valid_to`` the day after
the last. ``method`` says what else is read:

- ``direct``: one target, no weight. ``even``: targets, no weights. ``fixed``: targets with weights
  in percent, as text, which sum to exactly 100.
- ``by_tag``: no targets; ``options``: ``{"tag": KEY, "trim": true, "fold": true,
  "phase_tag": KEY}``. The tag's value is a target's key or alias; with ``phase_tag`` another tag
  names the phase of the version. A line without the tag is not matched.
- ``proportional_cost``: to the cost that targets carry from earlier phases, in the line's currency;
  without targets, to all that carry cost.
- ``usage``: ``options``: ``{"driver": "predictions", "phase": "serve"}``; without targets, to all
  versions used in the month. Both take ``"fallbacks": ["gpu_seconds", "cost", "even"]``, tried in
  turn when all weights are 0.

A target of kind pool keeps the money until a later rule with ``options`` ``{"pool": "pool/gpu"}``
takes it from there, line by line; such a rule's matcher chooses among the pool's lines. So it does
with money that was entered by hand for the pool, or that a tag sends there.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from governance.costs.kinds import Method, Phase, RulePhase, UsageUnit
from governance.costs.rules.matching import Matcher, TagKey, read_matcher, read_tag_key
from governance.kernel.errors import DomainError, RuleBroken
from governance.kernel.money import PLACES

PHASES: tuple[str, ...] = tuple(phase.value for phase in RulePhase)
COST, EVEN = "cost", "even"
_DRIVERS = {unit.value for unit in UsageUnit}
_KNOWN_OPTIONS = {"pool", "tag", "trim", "fold", "phase_tag", "driver", "phase", "fallbacks"}
_MOST_TARGETS = 10_000
_PERCENT = 100
POOL = "pool/"
UNALLOCATED = "unallocated/"


@dataclass(frozen=True, slots=True)
class SharingRule:
    """``id`` names the rule in paths; ``targets`` are keys with percentages (1 for the others)."""

    id: str
    name: str
    priority: int
    phase: str
    matcher: Matcher
    method: Method
    targets: tuple[tuple[str, Decimal], ...] = ()
    pool: str = ""
    tag: TagKey | None = None
    phase_tag: TagKey | None = None
    driver: str = ""
    fallbacks: tuple[str, ...] = ()
    usage_phase: str = Phase.SERVE.value
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the rules of its set."""
        return PHASES.index(self.phase), self.priority


def read_rule(raw: Mapping[str, Any], key: str = "") -> SharingRule:
    """Return the rule that ``raw`` writes down; raises ``RuleBroken`` with its name and fault."""
    name = str(raw.get("name") or "").strip()
    try:
        if not name:
            raise _bad("has no name")
        return _read(raw, key or name, name)
    except DomainError as error:
        said = f"Rule {name or raw.get('priority')!r}: {error.message}"
        raise RuleBroken(error.code, said, errors=error.errors) from error


def _read(raw: Mapping[str, Any], key: str, name: str) -> SharingRule:
    options = raw.get("options") or {}
    if not isinstance(options, dict) or not set(options) <= _KNOWN_OPTIONS:
        raise _bad(f"options may have {', '.join(sorted(_KNOWN_OPTIONS))} only", "options")
    method = _choice(raw.get("method"), set(Method.values), "method")
    tag, phase_tag = _tags(options, method)
    start, end = _days(raw)
    pool = options.get("pool") or ""
    if pool and not (isinstance(pool, str) and pool.startswith(POOL)):
        raise _bad("options.pool must be the key of a pool", "options")
    if pool and method == Method.BY_TAG:
        raise _bad("by_tag names one target; it cannot share out a pool", "options")
    return SharingRule(
        id=key,
        name=name,
        priority=_priority(raw.get("priority")),
        phase=_choice(raw.get("phase"), set(PHASES), "phase"),
        matcher=read_matcher(raw.get("matcher")),
        method=Method(method),
        targets=_targets(raw.get("targets") or [], method),
        pool=pool,
        tag=tag,
        phase_tag=phase_tag,
        driver=_driver(options, method),
        fallbacks=_fallbacks(options, method),
        usage_phase=_choice(options.get("phase", Phase.SERVE.value), set(Phase.values), "phase"),
        valid_from=start,
        valid_to=end,
    )


def _priority(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < 2**31:
        raise _bad("priority must be a whole number, at least 0", "priority")
    return raw


def _choice(raw: Any, known: set[str], name: str) -> str:
    if not isinstance(raw, str) or raw not in known:
        raise _bad(f"{name} must be one of {', '.join(sorted(known))}", name)
    return raw


def _tags(options: Mapping[str, Any], method: str) -> tuple[TagKey | None, TagKey | None]:
    if method != Method.BY_TAG:
        return None, None
    if "tag" not in options:
        raise _bad("by_tag needs options.tag", "options")
    phase_tag = read_tag_key(options, "options", "phase_tag") if "phase_tag" in options else None
    return read_tag_key(options, "options"), phase_tag


def _driver(options: Mapping[str, Any], method: str) -> str:
    if method != Method.USAGE:
        return ""
    return _choice(options.get("driver"), _DRIVERS, "options.driver")


def _fallbacks(options: Mapping[str, Any], method: str) -> tuple[str, ...]:
    raw = options.get("fallbacks") or []
    if not isinstance(raw, list) or len(raw) > len(_DRIVERS) + 2:
        raise _bad("options.fallbacks must be a short list", "options")
    if raw and method not in {Method.USAGE, Method.PROPORTIONAL_COST}:
        raise _bad(f"{method} has no driver to fall back from", "options")
    known = _DRIVERS | {COST, EVEN}
    return tuple(_choice(driver, known, "options.fallbacks") for driver in raw)


def _targets(raw: Any, method: str) -> tuple[tuple[str, Decimal], ...]:
    if not isinstance(raw, list) or len(raw) > _MOST_TARGETS:
        raise _bad(f"targets must be a list of at most {_MOST_TARGETS}", "targets")
    read = tuple(_target(each, method) for each in raw)
    keys = [key for key, _ in read]
    if len(set(keys)) < len(keys):
        raise _bad("names a target twice", "targets")
    if method == Method.DIRECT and len(read) != 1:
        raise _bad("direct needs exactly one target", "targets")
    if method in {Method.EVEN, Method.FIXED} and not read:
        raise _bad(f"{method} needs targets", "targets")
    if method == Method.BY_TAG and read:
        raise _bad("by_tag takes its target from the tag, not from a list", "targets")
    total = sum((weight for _, weight in read), Decimal(0))
    if method == Method.FIXED and total != _PERCENT:
        raise RuleBroken("percent-sum", f"the percentages sum to {total.normalize():f}, not 100.")
    return read


def _target(raw: Any, method: str) -> tuple[str, Decimal]:
    key = raw.get("target") if isinstance(raw, dict) else None
    if not isinstance(key, str) or not key or set(raw) - {"target", "weight"}:
        raise _bad('each target must be {"target": KEY, "weight": TEXT}', "targets")
    if key.startswith(UNALLOCATED):
        raise _bad(f"{key} is where money stays that no rule takes; it is no target", "targets")
    if method != Method.FIXED:
        return key, Decimal(1)
    try:
        weight = Decimal(str(raw.get("weight")))
    except InvalidOperation as error:
        raise _bad(f"the weight of {key} must be a percentage", "targets") from error
    places = weight.as_tuple().exponent
    if not isinstance(places, int) or not 0 <= weight <= _PERCENT or places < -PLACES:
        raise _bad(f"the weight of {key} must be from 0 to 100", "targets")
    return key, weight


def _days(raw: Mapping[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    read: list[dt.date | None] = []
    for name in ("valid_from", "valid_to"):
        value: Any = raw.get(name)
        try:
            is_day = value is None or isinstance(value, dt.date)
            read.append(value if is_day else dt.date.fromisoformat(value))
        except (TypeError, ValueError) as error:
            raise _bad(f"{name} must be a day such as 2026-01-31", name) from error
    start, end = read
    if start and end and start >= end:
        raise _bad("valid_to must be after valid_from", "valid_to")
    return start, end


def _bad(why: str, name: str = "") -> RuleBroken:
    return RuleBroken("bad-rule", f"{why}.", errors={name: [why]} if name else None)
