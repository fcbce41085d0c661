"""How good past forecasts were, said beside the next one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Score:
    """``error`` is (forecast less actual) / |actual|; None where nothing was spent."""

    error: float | None
    held: bool | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a team's scored forecasts tell of its next one."""

    scored: int
    with_interval: int
    held: int
    size: float | None  # mean of |error|
    bias: float | None  # mean of error: above 0, forecasts were too high

    @property
    def share(self) -> float | None:
        return self.held / self.with_interval if self.with_interval else None


def score(point: int, low: int | None, high: int | None, actual: int) -> Score:
    """Hold a frozen forecast to what came, all in units of one currency."""
    error = (point - actual) / abs(actual) if actual else None
    held = low <= actual <= high if low is not None and high is not None else None
    return Score(error, held)


def calibration(scores: Sequence[Score]) -> Calibration:
    errors = [one.error for one in scores if one.error is not None]
    judged = [one.held for one in scores if one.held is not None]
    return Calibration(
        scored=len(scores),
        with_interval=len(judged),
        held=sum(judged),
        size=fmean(map(abs, errors)) if errors else None,
        bias=fmean(errors) if errors else None,
    )


def sentence(found: Calibration, whose: str) -> str:
    """Say it in one line, for pages and reports."""
    if not found.scored:
        return f"No forecast of {whose} has been scored yet."
    parts = [f"{_counted(found.scored, 'forecast')} of {whose} scored so far"]
    if found.with_interval:
        share = f"{found.share:.0%}".replace("%", " %")
        parts.append(f"the 80 % interval held in {found.held} of {found.with_interval} ({share})")
    if found.size is not None and found.bias is not None:
        side = "too high" if found.bias > 0 else "too low"
        parts.append(
            f"off by {100 * found.size:.1f} % on average, {100 * abs(found.bias):.1f} % {side}"
        )
    return "; ".join(parts) + "."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
