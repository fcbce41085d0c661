"""How an experiment is planned before it runs, and what its arms may be said to have given. Pure.

The first of two arms is the control (of a holdout: those held out). What is planned here is frozen
with the registration, so that nobody chooses the measure after having seen the numbers.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken

SHARES = "shares"
MEANS = "means"
KINDS = ((SHARES, "A share: how many of the units succeed"), (MEANS, "A mean: how much each gives"))
ALPHAS = (Decimal("0.01"), Decimal("0.05"), Decimal("0.1"))
FEWEST_PLANNED = 20
MOST_UNITS = 10**12
MOST_LOOKS = 100
_FEWEST_MEASURED = 2  # units of an arm, below which a mean has no spread
_LONGEST_NAME = 100

Observed: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Design:
    """``control_share`` is the planned part of the units that the control gets, the rest treated.

    ``baseline``: for shares what share of the control is expected to succeed, for means the
    standard deviation expected. ``looks``: readings announced, the last one counted in.
    """

    measure: str
    kind: str
    unit: str
    planned_n: int
    baseline: Decimal
    control: str = "control"
    treatment: str = "treatment"
    control_share: Decimal = Decimal("0.5")
    looks: int = 1
    alpha: Decimal = Decimal("0.05")

    @property
    def arms(self) -> tuple[str, str]:
        return self.control, self.treatment

    @property
    def shares(self) -> tuple[float, float]:
        return float(self.control_share), float(1 - self.control_share)

    @property
    def planned(self) -> tuple[int, int]:
        """The units that each arm is to get."""
        control = round(self.planned_n * self.control_share)
        return control, self.planned_n - control

    def to_json(self) -> dict[str, Json]:
        return {
            "measure": self.measure,
            "kind": self.kind,
            "unit": self.unit,
            "planned_n": self.planned_n,
            "baseline": str(self.baseline),
            "arms": [
                {"name": self.control, "share": str(self.control_share)},
                {"name": self.treatment, "share": str(1 - self.control_share)},
            ],
            "looks": self.looks,
            "alpha": str(self.alpha),
        }


def design_of(stored: Mapping[str, Any]) -> Design:
    """Return the design that ``Design.to_json`` wrote."""
    control, treatment = stored["arms"]
    return Design(
        measure=stored["measure"],
        kind=stored["kind"],
        unit=stored["unit"],
        planned_n=stored["planned_n"],
        baseline=Decimal(stored["baseline"]),
        control=control["name"],
        treatment=treatment["name"],
        control_share=Decimal(control["share"]),
        looks=stored["looks"],
        alpha=Decimal(stored["alpha"]),
    )


def check_design(design: Design) -> None:
    """Raise ``RuleBroken`` naming every field that makes no experiment."""
    faults = {
        "measure": "" if design.measure.strip() else "Say what is measured.",
        "unit": "" if design.unit.strip() else "Say what is assigned: customers, requests …",
        "kind": "" if design.kind in {SHARES, MEANS} else "Shares or means.",
        "planned_n": _within(design.planned_n, FEWEST_PLANNED, MOST_UNITS),
        "looks": _within(design.looks, 1, MOST_LOOKS),
        "alpha": "" if design.alpha in ALPHAS else "One of 0.01, 0.05 and 0.1.",
        "control_share": _share_fault(design),
        "baseline": _baseline_fault(design),
        "control": _name_fault(design.control),
        "treatment": _name_fault(design.treatment)
        or ("The arms need two names." if design.control == design.treatment else ""),
    }
    _refuse("bad-design", faults)


def check_start(started_on: dt.date, today: dt.date) -> None:
    """Refuse an experiment that ran before it was written down."""
    if started_on < today:
        message = "An experiment is registered before it starts; this date is past."
        raise RuleBroken("started-already", message, errors={"started_on": [message]})


def check_observed(design: Design, observed: Observed) -> dict[str, Json]:
    """Return what each arm gave, as it is stored; raises ``RuleBroken`` naming the arm at fault."""
    faults = {name: "This arm was not planned." for name in observed if name not in design.arms}
    kept: dict[str, Json] = {}
    for name in design.arms:
        arm = observed.get(name, {})
        faults[name] = _counts_fault(arm) if design.kind == SHARES else _sample_fault(arm)
        wanted = ("n", "successes") if design.kind == SHARES else ("n", "mean", "sd")
        kept[name] = {key: arm.get(key) for key in wanted}
    _refuse("bad-observation", faults)
    return kept


def check_end(started_on: dt.date, ended_on: dt.date, today: dt.date) -> None:
    why = ""
    if ended_on < started_on:
        why = "An experiment ends after it starts."
    elif ended_on > today:
        why = "This day is still to come; conclude the experiment when it has ended."
    _refuse("bad-end", {"ended_on": why})


def _counts_fault(arm: Mapping[str, Any]) -> str:
    n: Any = arm.get("n")
    successes: Any = arm.get("successes")
    if not _whole(n) or not _whole(successes):
        return "Give n and successes as whole numbers."
    if not 1 <= n <= MOST_UNITS:
        return "An arm has at least one unit."
    return "" if 0 <= successes <= n else "There are at most as many successes as units."


def _sample_fault(arm: Mapping[str, Any]) -> str:
    n: Any = arm.get("n")
    mean: Any = arm.get("mean")
    sd: Any = arm.get("sd")
    if not _whole(n) or not _finite(mean) or not _finite(sd):
        return "Give n as a whole number, mean and sd as numbers."
    if not _FEWEST_MEASURED <= n <= MOST_UNITS:
        return "An arm needs two units at least."
    return "" if sd >= 0 else "A standard deviation is not negative."


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _within(value: int, low: int, high: int) -> str:
    return "" if low <= value <= high else f"From {low:,} to {high:,}."


def _share_fault(design: Design) -> str:
    if not design.control_share.is_finite() or not 0 < design.control_share < 1:
        return "The control gets more than nothing and less than everything."
    return "" if min(design.planned) > 1 else "So few units leave an arm without any."


def _baseline_fault(design: Design) -> str:
    if not design.baseline.is_finite() or design.baseline <= 0:
        return "This is a number above 0."
    if design.kind == SHARES and design.baseline >= 1:
        return "A share lies between 0 and 1."
    return ""


def _name_fault(name: str) -> str:
    return "" if name.strip() and len(name) <= _LONGEST_NAME else "Give the arm a short name."


def _refuse(code: str, faults: Mapping[str, str]) -> None:
    found = {name: [why] for name, why in faults.items() if why}
    if found:
        raise RuleBroken(code, " ".join(next(iter(found.values()))), errors=found)
