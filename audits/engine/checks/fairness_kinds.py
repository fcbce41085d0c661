"""What the fairness check passes on to its pages: settings, counts of a group, a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audits.engine.checks.verdicts import ParameterError
from audits.engine.outcome import Measure, Threshold, Verdict

ID, VERSION = "fairness.groups", 1
RULES = ("privileged", "largest")


@dataclass(frozen=True, slots=True)
class FairnessSettings:
    """``columns``: empty means the signature's protected ones. ``reference_group``: ``privileged``
    (the highest selection rate, as the four-fifths rule says), ``largest``, or set for single
    columns in ``groups`` (column to group). ``min_impact_ratio``: selection rate over that of the
    reference group. ``max_tpr_gap``, ``max_fpr_gap``: how far a group's rate may lie from the
    reference group's. ``max_error_gap`` (regression): difference of mean errors in standard
    deviations of the target. ``minimum``: smaller groups are counted, not shown. ``bins``: quantile
    bins of a number. ``crossed``: also pairs of protected columns; they are shown and judged when
    ``judge_crossed``. ``rule``, ``tolerance``, ``level``: as elsewhere; the level is not corrected
    for the number of groups, so that no harmed group is argued away.
    """

    columns: tuple[str, ...] = ()
    reference_group: str = "privileged"
    groups: Mapping[str, str] = field(default_factory=dict)
    min_impact_ratio: float = 0.8
    max_tpr_gap: float = 0.1
    max_fpr_gap: float = 0.1
    max_error_gap: float = 0.2
    minimum: int = 30
    bins: int = 4
    crossed: bool = True
    judge_crossed: bool = False
    level: float = 0.95
    rule: str = "interval"
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.reference_group not in RULES:
            raise ParameterError(f"reference_group must be one of {', '.join(RULES)}")


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of one group: rows, favourable decisions, and both split by what was deserved."""

    column: str
    name: str
    n: int
    selected: int
    deserving: int
    deserving_selected: int

    @property
    def selection_rate(self) -> float:
        return self.selected / self.n

    @property
    def others(self) -> int:
        return self.n - self.deserving

    @property
    def others_selected(self) -> int:
        return self.selected - self.deserving_selected


@dataclass(frozen=True, slots=True)
class Compared:
    """One group against its reference group on one measure."""

    group: Rates
    reference: Rates
    measure: Measure
    threshold: Threshold
    verdict: Verdict
    judged: bool
