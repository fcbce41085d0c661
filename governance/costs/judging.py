"""How a run's rules shared a line: by its charges, and by its day where they alone do not tell."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.db.models.functions import TruncDate

from governance.costs import gathering
from governance.costs.engine.landing import DESCRIBING
from governance.costs.keeping import kept_by
from governance.costs.models import AllocatedCharge, AllocationRun, CostLine, CostSlice
from governance.costs.rules.allocation import SharingRule
from governance.costs.rules.matching import Described
from governance.costs.rules.ways import (
    Certain,
    Choice,
    OnDay,
    Tree,
    UnclearError,
    Way,
    ends,
    grow,
    read_way,
    share_of,
)

_PIECE = 500
_T = TypeVar("_T")
Share = tuple[int, int]


def pieces(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    left = iter(rows)
    while some := list(itertools.islice(left, size)):
        yield some


class Sharing:
    """How the lines of one charge's slice and part were shared, and which of them are its own.

    Charges of one slice mix where rules or targets changed inside the month: a line belongs to the
    charge only if the rules of its day lead to it.
    """

    def __init__(self, charge: AllocatedCharge) -> None:
        alike = AllocatedCharge.objects.filter(
            run=charge.run_id, slice=charge.slice_id, part=charge.part_id
        )
        rows = alike.order_by("pk").values_list("pk", "path", "target__key")
        ways = {pk: read_way(path, target) for pk, path, target in rows}
        self._charge, self._own, self._ways = charge, ways[charge.pk], list(ways.values())
        self._certain = _grown(self._ways, Certain())

    def lines(self, rows: Any, *, unclear: bool) -> Any:
        """Return those of ``rows`` that are the charge's, with ``unclear`` also the undecided."""
        if self._certain is not None:
            return rows
        dated = rows.annotate(charge_day=TruncDate("charge_start", tzinfo=dt.UTC))
        days = dated.order_by().values_list("charge_day", flat=True).distinct()
        own = [day for day in days if self._leads_here(day, unclear=unclear)]
        return dated.filter(charge_day__in=own)

    def shares(self, lines: Sequence[CostLine]) -> list[Share | None]:
        """Return the exact billed and effective share that the charge has of each of ``lines``.

        Over all lines of its slice and part they sum to the charge. None: charges do not tell.
        """
        trees = [self._certain or self._tree(_day(line)) for line in lines]
        return [
            None if tree is None else _share(tree, self._own, line)
            for tree, line in zip(trees, lines, strict=True)
        ]

    def _leads_here(self, day: dt.date, *, unclear: bool) -> bool:
        tree = self._tree(day)
        return unclear if tree is None else any(way == self._own for way, _ in ends(tree))

    def _tree(self, day: dt.date) -> Tree | None:
        return _grown(self._ways, self._judge.on(self._charge.slice.digest, day))

    @cached_property
    def _judge(self) -> "Judge":
        return Judge(self._charge.run, {self._charge.slice.digest})


def _grown(ways: Sequence[Way], choice: Choice) -> Tree | None:
    try:
        return grow(ways, choice)
    except UnclearError:
        return None


def _share(tree: Tree, own: Way, line: CostLine) -> Share:
    return share_of(tree, own, line.billed), share_of(tree, own, line.effective)


def _day(line: CostLine) -> dt.date:
    day: dt.date = line.charge_start.astimezone(dt.UTC).date()
    return day


class Judge:
    """What the rules of a run say of one slice's lines on one day.

    An issuer whose charges the run took over is judged by the rules of the run that they are from.
    """

    def __init__(self, run: AllocationRun, digests: set[str]) -> None:
        self.month = run.month
        self.directory = gathering.known_targets()
        self.rules = _by_month(run)
        self.kept = {issuer: _by_month(one) for issuer, one in kept_by(run).items()}
        self.slices = {
            row.digest: row
            for some in pieces(sorted(digests), _PIECE)
            for row in CostSlice.objects.filter(digest__in=some)
        }

    def on(self, digest: str, day: dt.date) -> OnDay:
        row = self.slices[digest]
        rules = self.kept.get(row.issuer, self.rules)
        fields = {name: getattr(row, name) for name in DESCRIBING if name != "tags"}
        line = Described({**fields, "source": str(row.source_id)}, row.tags, day)
        late = row.charge_class == "Correction" and day < self.month
        earlier = rules.get(day.replace(day=1)) if late else None
        return OnDay(line, earlier or rules[self.month], self.directory)


def _by_month(run: AllocationRun) -> dict[dt.date, dict[str, SharingRule]]:
    months = (dt.date.fromisoformat(month) for month in run.inputs["rules"])
    return {month: _rules(run, month) for month in months}


def _rules(run: AllocationRun, month: dt.date) -> dict[str, SharingRule]:
    ruleset = gathering.rules_from(run.inputs, month)
    book = gathering.book(month, ruleset, {}, own=True)
    return {rule.id: rule for rule in book.rules}
