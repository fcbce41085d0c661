"""Evidence as data: the layout that ``audits.engine.outcome`` writes, read on this side.

The two packages stand on one floor and may not import each other, so the layout is the contract:
``dataclasses.asdict`` of an engine ``Measure``, ``Figure`` or ``Table`` loads here unchanged.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Cell: TypeAlias = str | int | float | bool | None


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INSUFFICIENT = "insufficient evidence"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Interval:
    """``level`` is a share (0.95)."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    value: float | int | None
    unit: str = ""
    n: int | None = None
    interval: Interval | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    measure: str
    comparison: str  # one of "<=", ">="
    value: float


@dataclass(frozen=True, slots=True)
class Axis:
    label: str
    unit: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """``kind``: bar, line, scatter, histogram, calibration, roc, precision-recall or heatmap."""

    key: str
    kind: str
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
