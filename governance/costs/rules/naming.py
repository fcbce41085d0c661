"""Which target a tag names, and who pays for a target that was retired."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.costs.kinds import Phase, Unallocated
from governance.costs.rules.allocation import UNALLOCATED, SharingRule
from governance.costs.rules.matching import Ambiguous, TagKey, tag_value


@dataclass(frozen=True, slots=True)
class Standing:
    """A target as allocation knows it. ``retired_on`` is the first day it is not charged."""

    key: str
    aliases: tuple[str, ...] = ()
    retired_on: dt.date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """All targets, and what tags call them under each way of reading tags."""

    targets: Mapping[str, Standing]
    _read: dict[tuple[bool, bool], dict[str, str]] = field(default_factory=dict)

    def named(self, text: str, tag: TagKey) -> str:
        """Return the key of the one target called ``text``, or nothing."""
        way = (tag.trim, tag.fold)
        if way not in self._read:
            self._read[way] = _names(self.targets.values(), tag)
        return self._read[way].get(text, "")


def directory(targets: Iterable[Standing]) -> Directory:
    return Directory({target.key: target for target in targets})


def unallocated(reason: Unallocated) -> str:
    """Return the key of the target that holds what stays for ``reason``."""
    return f"{UNALLOCATED}{reason.value}"


def named_target(rule: SharingRule, tags: Mapping[str, Any], known: Directory) -> str:
    """Return the key that the rule's tag names; ``""`` when the line does not carry the tag."""
    if rule.tag is None:
        return ""
    value = tag_value(tags, rule.tag)
    if value is Ambiguous:
        return unallocated(Unallocated.AMBIGUOUS_TAG)
    if not isinstance(value, str) or not value:
        return ""
    key = known.named(value, rule.tag)
    if not key:
        return unallocated(Unallocated.TARGET_UNKNOWN)
    return _in_phase(rule, key, tags, known)


def charged_to(key: str, day: dt.date, known: Directory) -> str:
    """Return who pays on ``day`` for ``key``: itself, its successor, or ``target_retired``."""
    passed: set[str] = set()
    while (target := known.targets.get(key)) and target.retired_on and day >= target.retired_on:
        passed.add(key)
        key = target.successor
        if not key or key in passed:
            return unallocated(Unallocated.TARGET_RETIRED)
    return key


def _in_phase(rule: SharingRule, key: str, tags: Mapping[str, Any], known: Directory) -> str:
    """Return the key of the version's phase that another tag names, where there is such a one."""
    if rule.phase_tag is None:
        return key
    phase = tag_value(tags, rule.phase_tag)
    if not isinstance(phase, str) or phase.casefold() not in Phase.values:
        return key
    base, _, last = key.rpartition("/")
    wanted = f"{base if last in Phase.values else key}/{phase.casefold()}"
    return wanted if wanted in known.targets else key


def _names(targets: Iterable[Standing], tag: TagKey) -> dict[str, str]:
    called: dict[str, set[str]] = {}
    for target in targets:
        for name in (target.key, *target.aliases):
            called.setdefault(tag.plain(name), set()).add(target.key)
    return {name: next(iter(keys)) for name, keys in called.items() if len(keys) == 1}
