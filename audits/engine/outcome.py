"""What a check found, in our own versioned schema.

A producer's format (Evidently's, SHAP's) never leaks past its adapter: pages, gates and reports
read only this. ``Outcome.digest`` leaves the duration out, so that the same plan on the same bytes
gives the same digest on any day and any database.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audits.engine.rebuild import MalformedError, rebuild
from governance.kernel.canonical import Json, digest

SCHEMA = 1

Cell = str | int | float | bool | None


class Verdict(StrEnum):
    """Three-valued, plus ``ERROR`` for a check that could not be done. Only PASS passes."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INSUFFICIENT = "insufficient evidence"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Interval:
    """``level`` is a share (0.95); ``method`` is printed: ``"bootstrap percentile, B=400"``."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. ``n`` counts the rows it rests on; ``group`` names a segment, column or pair."""

    name: str
    value: float | int | None
    unit: str = ""
    n: int | None = None
    interval: Interval | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The bound that decided: the check passes when ``measure comparison value`` holds."""

    measure: str
    comparison: str  # one of "<=", ">="
    value: float


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest effect that these rows could have shown, so that silence is no proof."""

    measure: str
    effect: float
    n: int
    power: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    label: str
    unit: str = ""
    categories: tuple[str, ...] = ()  # set when the axis is categorical; x then holds indices


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order. ``low``/``high`` are the band or the whiskers about ``y``."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as data; pages draw it with ECharts, reports with matplotlib.

    ``kind`` is one of: ``bar`` (horizontal bars, one per category, optional whiskers), ``line``,
    ``scatter``, ``histogram`` (two or more series over the same bin centres), ``calibration``
    (line with the diagonal drawn behind), ``roc``, ``precision-recall``, ``heatmap`` (x and y
    categories; one Series per row).
    """

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check. ``summary`` is one plain sentence a board member understands."""

    check: str
    version: int
    verdict: Verdict
    summary: str
    measures: tuple[Measure, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    detectable: Detectable | None = None
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Json]:
        """Return plain JSON values, without the duration; ``schema`` names this layout."""
        body = dataclasses.asdict(self)
        body.pop("seconds")
        return {"schema": SCHEMA, **body}

    def digest(self) -> str:
        """Return the SHA-256 over the canonical JSON of everything but the duration."""
        return digest(self.to_json())


def outcome_from_json(body: dict[str, Any], seconds: float = 0.0) -> Outcome:
    """Rebuild an ``Outcome`` from ``to_json``; raises ``ValueError`` for anything else.

    Every key, type and bound is checked: the bytes come from the sandbox and are not trusted.
    """
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise MalformedError("unknown outcome schema")
    if "seconds" in body:
        raise MalformedError("Outcome: the duration is no part of it")
    fields = {key: value for key, value in body.items() if key != "schema"}
    return rebuild(Outcome, {**fields, "seconds": seconds})


def figure_from_json(body: dict[str, Any]) -> Figure:
    """Rebuild a ``Figure`` from its plain JSON form; raises ``ValueError``."""
    return rebuild(Figure, body)


def table_from_json(body: dict[str, Any]) -> Table:
    """Rebuild a ``Table`` from its plain JSON form; raises ``ValueError``."""
    return rebuild(Table, body)
