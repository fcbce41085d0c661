"""Commitments as page and API show them: the term, what was bought and used, how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import TermState
from governance.costs.querysets.commitments import bought_by_month, terms
from governance.costs.rules.commitments import Finding, Term, judge
from governance.kernel.money import to_text

_TONES = {TermState.WHOLE: "pass", TermState.DIFFERS: "fail"}


@dataclass(frozen=True, slots=True)
class Shown:
    """``row`` as stated; amounts exact, as text; ``cost`` empty where none was stated."""

    row: Any
    cost: str
    bought: str
    used: str
    finding: Finding

    @property
    def tone(self) -> str:
        return _TONES.get(self.finding.state, "neutral")


def shown(rows: Sequence[Any]) -> list[Shown]:
    """Return ``rows`` with what all published months say of their terms; two queries more."""
    months = bought_by_month()
    found = terms([(row.commitment, row.currency) for row in rows], months)
    return [_one(row, found[row.commitment, row.currency], months) for row in rows]


def _one(row: Any, term: Term, months: Any) -> Shown:
    through = max(months, default=row.start.replace(day=1))
    finding = judge(term, through, term.unknown_months(months))
    cost = "" if row.cost is None else to_text(row.cost)
    return Shown(row, cost, to_text(term.bought), to_text(term.used), finding)
