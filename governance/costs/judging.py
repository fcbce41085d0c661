"""How a run's rules shared a line: by its charges, and by its day where they alone do not tell."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from governance.costs import gathering
from governance.costs.engine.landing import DESCRIBING
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


def shares_in(charge: AllocatedCharge, lines: Sequence[CostLine]) -> list[Share | None]:
    """Return the exact billed and effective share that ``charge`` has of each of its ``lines``.

    Over all lines of its slice and part they sum to the charge. None: charges do not tell.
    """
    alike = AllocatedCharge.objects.filter(
        run=charge.run_id, slice=charge.slice_id, part=charge.part_id
    )
    rows = alike.order_by("pk").values_list("pk", "path", "target__key")
    ways = {pk: read_way(path, target) for pk, path, target in rows}
    own, all_ways = ways[charge.pk], list(ways.values())
    if (tree := _grown(all_ways, Certain())) is not None:
        return [_share(tree, own, line) for line in lines]
    judge, digest = Judge(charge.run, {charge.slice.digest}), charge.slice.digest
    trees = [_grown(all_ways, judge.on(digest, _day(line))) for line in lines]
    return [
        None if tree is None else _share(tree, own, line)
        for tree, line in zip(trees, lines, strict=True)
    ]


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
