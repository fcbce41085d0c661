"""Which of a run's rules took a line, where its charges alone do not tell."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

from governance.costs import gathering
from governance.costs.engine.landing import DESCRIBING
from governance.costs.models import AllocationRun, CostSlice
from governance.costs.rules.allocation import SharingRule
from governance.costs.rules.matching import Described
from governance.costs.rules.ways import OnDay

_PIECE = 500
_T = TypeVar("_T")


def pieces(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    left = iter(rows)
    while some := list(itertools.islice(left, size)):
        yield some


class Judge:
    """What the rules of a run say of one slice's lines on one day."""

    def __init__(self, run: AllocationRun, digests: set[str]) -> None:
        self.month = run.month
        self.directory = gathering.known_targets()
        self.rules = {
            dt.date.fromisoformat(month): _rules(run, dt.date.fromisoformat(month))
            for month in run.inputs["rules"]
        }
        self.slices = {
            row.digest: row
            for some in pieces(sorted(digests), _PIECE)
            for row in CostSlice.objects.filter(digest__in=some)
        }

    def on(self, digest: str, day: dt.date) -> OnDay:
        row = self.slices[digest]
        fields = {name: getattr(row, name) for name in DESCRIBING if name != "tags"}
        line = Described({**fields, "source": str(row.source_id)}, row.tags, day)
        late = row.charge_class == "Correction" and day < self.month
        rules = self.rules.get(day.replace(day=1)) if late else None
        return OnDay(line, rules or self.rules[self.month], self.directory)


def _rules(run: AllocationRun, month: dt.date) -> dict[str, SharingRule]:
    ruleset = gathering.rules_from(run.inputs, month)
    book = gathering.book(month, ruleset, {}, own=True)
    return {rule.id: rule for rule in book.rules}
