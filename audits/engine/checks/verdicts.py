"""From a number and its interval to a verdict: one rule for every check.

- fewer rows than ``minimum``: insufficient evidence, whatever the number is;
- rule ``interval`` (default): pass when the whole interval keeps the threshold (widened by
  ``tolerance``) and the number itself keeps it; fail when the whole interval breaks it; else
  insufficient evidence;
- rule ``point``: the number alone decides. A policy that chooses it says so in its text.

Of several judgements the worst counts: fail, then insufficient evidence, then pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, TypeVar

from audits.engine.errors import InputError
from audits.engine.outcome import Interval, Threshold, Verdict

INTERVAL, POINT = "interval", "point"
AT_MOST, AT_LEAST = "<=", ">="
MINIMUM_ROWS = 30

_WORST_FIRST = (Verdict.ERROR, Verdict.FAIL, Verdict.INSUFFICIENT, Verdict.PASS)

S = TypeVar("S")


class ParameterError(InputError):
    """A parameter of the policy that the check does not know or cannot use."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "bad-parameter")


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str = INTERVAL
    minimum: int = MINIMUM_ROWS
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in {INTERVAL, POINT}:
            raise ParameterError(f"rule must be 'interval' or 'point', not {self.kind!r}")


def judge(
    value: float | None, interval: Interval | None, threshold: Threshold, n: int, rule: Rule
) -> Verdict:
    """Judge one number; a number that does not exist (None, NaN) is insufficient evidence."""
    if value is None or not isfinite(value) or n < rule.minimum:
        return Verdict.INSUFFICIENT
    sign = 1.0 if threshold.comparison == AT_LEAST else -1.0
    margin = sign * (value - threshold.value)
    if rule.kind == POINT or interval is None:
        return Verdict.PASS if margin >= 0 else Verdict.FAIL
    ends = sorted(sign * (end - threshold.value) for end in (interval.low, interval.high))
    if ends[1] < 0:
        return Verdict.FAIL
    kept = margin >= 0 and ends[0] >= -rule.tolerance
    return Verdict.PASS if kept else Verdict.INSUFFICIENT


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; without any, nothing was shown: insufficient evidence."""
    found = set(verdicts)
    return next((v for v in _WORST_FIRST if v in found), Verdict.INSUFFICIENT)


def read_settings(kind: type[S], parameters: Any) -> S:
    """Fill the dataclass ``kind`` from a policy's parameters.

    A key that the check does not know is refused: a mistyped threshold must not pass silently.
    Raises ``ParameterError``.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise ParameterError(
            f"unknown parameter {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    defaults = kind()
    values = {k: _like(k, v, getattr(defaults, k)) for k, v in parameters.items()}
    return kind(**values)


def _like(key: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool) or default is None:
        return value
    if isinstance(default, float) and isinstance(value, int | float):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, type(default)) and not isinstance(value, bool):
        return value
    raise ParameterError(f"parameter {key} must be of type {type(default).__name__}")
