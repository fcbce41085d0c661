"""What allocation is given, and what it keeps while it works."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from governance.costs.rules.allocation import SharingRule
from governance.costs.rules.naming import Directory

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Landing:
    """One landed file. ``parts`` are those of its parts that speak: (issuer, start) to the key."""

    path: Path
    source: str
    parts: Mapping[tuple[str, dt.date], int]


@dataclass(frozen=True, slots=True)
class Book:
    """The rules and drivers of one month: of the run's own, or of an earlier one for corrections.

    ``rules`` in order; ``drivers`` by unit and key; ``carried`` what targets of an earlier month
    carried, as (phase, currency, key, effective units), where the run itself cannot know it.
    """

    month: dt.date
    rules: tuple[SharingRule, ...]
    drivers: Mapping[str, Mapping[str, int]]
    carried: tuple[tuple[str, str, str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One rule on the way of money. ``weight`` of ``weight_sum`` went to ``target``."""

    rule: str
    target: str
    weight: int
    weight_sum: int
    driver: str

    def to_json(self) -> dict[str, str]:
        return {
            "rule": self.rule,
            "target": self.target,
            "weight": str(self.weight),
            "weight_sum": str(self.weight_sum),
            "driver": self.driver,
        }


@dataclass(frozen=True, slots=True)
class Way:
    steps: tuple[Step, ...]
    target: str
    phase: str

    @property
    def text(self) -> str:
        return json.dumps([step.to_json() for step in self.steps], separators=(",", ":"))


@dataclass(slots=True)
class Paths:
    """Every way that money took, numbered; a charge stores the number's steps."""

    known: list[Way] = field(default_factory=list)
    _numbers: dict[Way, int] = field(default_factory=dict)

    def number(self, steps: tuple[Step, ...], target: str, phase: str) -> int:
        way = Way(steps, target, phase)
        if way not in self._numbers:
            self._numbers[way] = len(self.known)
            self.known.append(way)
        return self._numbers[way]

    def onward(self, path: int, step: Step, phase: str) -> int:
        """Return the number of ``path`` with one more step."""
        return self.number((*self.known[path].steps, step), step.target, phase)


@dataclass(slots=True)
class Work:
    """The state of one allocation; ``db`` holds the sets, this the few things beside them."""

    db: Any
    month: dt.date
    books: tuple[Book, ...]
    directory: Directory
    tell: Tell
    paths: Paths = field(default_factory=Paths)
    negative: set[str] = field(default_factory=set)
    lines_split: int = 0
    lines_broken: int = 0
    steps: int = 0
    steps_broken: int = 0
