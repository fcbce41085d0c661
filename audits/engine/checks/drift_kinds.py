"""What the drift checks pass on to their pages: settings, samples and compared columns."""

from dataclasses import dataclass
from typing import Any

from audits.engine.checks.verdicts import ParameterError
from audits.engine.outcome import Verdict
from audits.engine.statistics.distances import Pair
from audits.engine.statistics.multiplicity import CORRECTIONS

EFFECT_NAMES = {"number": "ks_distance", "category": "cramers_v"}
NUMBER_METHODS = ("auto", "ks", "wasserstein", "psi", "jensenshannon")
CATEGORY_METHODS = ("auto", "chisquare", "jensenshannon", "psi")
SMALL = 1_000
METHOD_NAMES = {
    "ks": "K-S p-value",
    "chisquare": "chi-square p-value",
    "wasserstein": "Wasserstein, normed",
    "jensenshannon": "Jensen-Shannon",
    "psi": "PSI, equal widths",
}


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """``alpha`` and ``correction`` (``holm`` or ``bh``) govern significance; ``max_ks`` (numbers)
    and ``max_cramers_v`` (categories) are the effect from which a column counts as drifted;
    ``max_share`` is the largest share of drifted columns. ``method_number`` and
    ``method_category`` pin Evidently's method; ``auto`` takes p-values up to 1,000 reference rows
    and distances beyond, as Evidently would. ``minimum``: fewest values in each sample. ``large``:
    rows from which Evidently's scores come from numpy (same values to 1e-9).
    """

    alpha: float = 0.05
    correction: str = "holm"
    max_ks: float = 0.1
    max_cramers_v: float = 0.1
    max_share: float = 0.3
    method_number: str = "auto"
    method_category: str = "auto"
    minimum: int = 30
    large: int = 50_000

    def __post_init__(self) -> None:
        for value, known, name in (
            (self.correction, tuple(CORRECTIONS), "correction"),
            (self.method_number, NUMBER_METHODS, "method_number"),
            (self.method_category, CATEGORY_METHODS, "method_category"),
        ):
            if value not in known:
                raise ParameterError(f"{name} must be one of {', '.join(known)}, not {value!r}")


@dataclass(slots=True)
class Column:
    """One column's comparison. ``score`` is Evidently's, by ``method``."""

    name: str
    number: bool
    n_reference: int
    n_current: int
    effect: float = 0.0
    limit: float = 0.0
    p_value: float = 1.0
    adjusted: float = 1.0
    psi: float = 0.0
    method: str = ""
    score: float | None = None
    detectable: float = 1.0
    verdict: Verdict = Verdict.INSUFFICIENT
    reason: str = ""

    @property
    def measure(self) -> str:
        return EFFECT_NAMES["number" if self.number else "category"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Values without missing ones; for categories codes and their counts, with ``names``."""

    reference: Any
    current: Any
    names: tuple[str, ...] = ()
    pair: Pair | None = None
