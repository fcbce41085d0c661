"""A published month as a FOCUS 1.3 file: every line of the bills, shared as the run shared it.

The run's charges say which way money took; each line's own shares are worked out from them anew
and held against the charges, so that a file which does not sum to what was published never leaves.
"""

import datetime as dt
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from governance.costs import gathering
from governance.costs.engine import focus13
from governance.costs.engine.exporting import Export, Origin, Sum
from governance.costs.engine.job import Landing, Tell
from governance.costs.judging import Judge, pieces
from governance.costs.models import AllocatedCharge, AllocationRun, ImportBatch
from governance.costs.presentation.focus import Ending
from governance.costs.rules.ways import Certain, Forest, UnclearError, Way, grow, read_way
from governance.kernel import money
from governance.kernel.errors import Missing, RuleBroken

_PIECE = 20_000
_DAY_0 = dt.date(1970, 1, 1)
_Slice = tuple[int, str]  # a part and the digest of a slice in it


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What went out of an issuer's bills in one currency, beside what the run had imported."""

    issuer: str
    currency: str
    rows: int
    billed: int
    effective: int
    imported: tuple[int, int]

    @property
    def holds(self) -> bool:
        return (self.billed, self.effective) == self.imported


@dataclass(frozen=True, slots=True)
class Exported:
    """``file`` is open at its start and gone when closed; ``not_held`` are columns by batch."""

    run: AllocationRun
    file: BinaryIO
    size: int
    sums: Sequence[Reconciled]
    not_held: Mapping[str, Sequence[str]]

    @property
    def reconciles(self) -> bool:
        return all(each.holds for each in self.sums)

    @property
    def lacking(self) -> Sequence[str]:
        """Columns that some bill of the month did not have."""
        return sorted({name for names in self.not_held.values() for name in names})


def export_month(runs: Any, month: dt.date, tell: Tell = lambda _: None) -> Exported:
    """Return the FOCUS 1.3 file of the month's published run, out of ``runs``.

    Raises ``Missing`` when none of them is published for the month, and what ``export_run`` does.
    """
    return export_run(published_run(runs, month), tell)


def published_run(runs: Any, month: dt.date) -> AllocationRun:
    """Return the one of ``runs`` that speaks for the month; raises ``Missing``."""
    run: AllocationRun | None = runs.published().filter(month=month).first()
    if run is None:
        raise Missing("not-published", f"No published run speaks for {month:%Y-%m}.")
    return run


def export_run(run: AllocationRun, tell: Tell = lambda _: None) -> Exported:
    """Return the FOCUS 1.3 file of a run; raises ``RuleBroken`` when shares do not sum to it."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        return _Export(run, Path(folder), tell).carry_out()


@dataclass(slots=True)
class _Ways:
    """Every way that charges took, numbered."""

    known: list[Way] = field(default_factory=list)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self, path: Any, target: str) -> int:
        key = (json.dumps(path), target)
        if key not in self._numbers:
            self._numbers[key] = len(self.known)
            self.known.append(read_way(path, target))
        return self._numbers[key]


class _Export:
    def __init__(self, run: AllocationRun, folder: Path, tell: Tell) -> None:
        self.run, self.folder, self.tell = run, folder, tell
        self.bills = gathering.bills_from(run.inputs)
        self.ways, self.forest = _Ways(), Forest()
        self.nodes: dict[tuple[int, ...], int | None] = {}  # of trees, by their ways
        self.unclear: dict[_Slice, tuple[int, ...]] = {}

    def carry_out(self) -> Exported:
        self.tell("Fetching the bills")
        origins = list(self._origins())
        work = Export(self.folder, origins, self.tell)
        try:
            sums, file = self._write(work)
        finally:
            work.close()
        size = file.stat().st_size
        not_held = {origin.batch: focus13.not_held(origin.names) for origin in origins}
        return Exported(self.run, file.open("rb"), size, self._reconciled(sums), not_held)

    def _origins(self) -> Iterator[Origin]:
        batches = ImportBatch.objects.filter(number__in={bill.batch for bill in self.bills})
        for batch in batches.order_by("number"):
            if "raw" not in batch.facts:
                said = f"{batch.public_id} was read before raw rows were kept; read it again."
                raise RuleBroken("no-raw-rows", said)
            parts = {
                (bill.issuer, bill.start): bill.part
                for bill in self.bills
                if bill.batch == batch.number
            }
            path = gathering.local_copy(batch.landing_digest, self.folder)
            yield Origin(
                landing=Landing(path, str(batch.source_id), parts),
                raw=gathering.local_copy(batch.facts["raw"], self.folder),
                names=tuple(batch.facts["columns"]),
                batch=batch.public_id,
            )

    def _write(self, work: Export) -> tuple[list[Sum], Path]:
        self.tell("Reading charges")
        self._read_charges(work)
        self._clear_up(work)
        file, ending = self.folder / "focus.csv", Ending(self.run)
        numbers = {way: number for number, way in enumerate(self.ways.known)}
        ends = [
            (node, numbers[way], *ending.row(way, ratio, split=split))
            for node, way, ratio, split in self.forest.ends
        ]
        sums = work.write(file, self.run.public_id, list(self.forest.edges), ends)
        if differing := work.differing():
            said = f"{differing} charges of {self.run.public_id} are not the sum of their lines."
            raise RuleBroken("not-exportable", said)
        return sums, file

    def _read_charges(self, work: Export) -> None:
        """Hand charges on, and the tree of each slice whose charges make a single one."""
        for some in pieces(self._by_slice(), _PIECE):
            charges, roots = [], []
            for (part, digest), rows in some:
                found = [(self.ways.number(path, target), *sums) for path, target, *sums in rows]
                charges += [(part, digest, *row) for row in found]
                ways = tuple(sorted(row[0] for row in found))
                if (node := self._node(ways)) is None:
                    self.unclear[part, digest] = ways
                else:
                    roots.append((part, digest, None, node))
            work.add_charges(charges)
            work.add_roots(roots)

    def _by_slice(self) -> Iterator[tuple[_Slice, list[tuple[Any, ...]]]]:
        rows = (
            AllocatedCharge.objects.filter(run=self.run)
            .order_by("part", "slice")
            .values_list(
                "part", "slice__digest", "path", "target__key", "lines", "billed", "effective"
            )
        )
        found = itertools.groupby(rows.iterator(_PIECE), key=lambda row: (row[0], row[1]))
        for key, group in found:
            yield (
                key,
                [
                    (path, target, lines, str(billed), str(effective))
                    for _, _, path, target, lines, billed, effective in group
                ],
            )

    def _node(self, ways: tuple[int, ...]) -> int | None:
        """Return the root of the tree that ``ways`` make, None when they mix several."""
        if ways not in self.nodes:
            try:
                tree = grow([self.ways.known[way] for way in ways], Certain())
                self.nodes[ways] = self.forest.plant(tree)
            except UnclearError:
                self.nodes[ways] = None
        return self.nodes[ways]

    def _clear_up(self, work: Export) -> None:
        """Tell the trees of unclear slices apart by the day of a charge."""
        if not self.unclear:
            return
        self.tell("Telling apart what rules share differently by day")
        judge = Judge(self.run, {digest for _, digest in self.unclear})
        found = work.days_of(list(self.unclear))
        for some in pieces(found, _PIECE):
            work.add_roots([(*row, self._node_on(judge, *row)) for row in some])

    def _node_on(self, judge: Judge, part: int, digest: str, day: int) -> int:
        ways = [self.ways.known[way] for way in self.unclear[part, digest]]
        try:
            return self.forest.plant(grow(ways, judge.on(digest, _DAY_0 + dt.timedelta(day))))
        except UnclearError as error:
            said = f"The charges of {self.run.public_id} do not tell how a line was shared."
            raise RuleBroken("not-exportable", said) from error

    def _reconciled(self, sums: Sequence[Sum]) -> list[Reconciled]:
        issuers = {bill.part: bill.issuer for bill in self.bills}
        given: dict[tuple[str, str], tuple[int, int, int]] = {}
        for each in sums:
            key = issuers[each.part], each.currency
            rows, billed, effective = given.get(key, (0, 0, 0))
            given[key] = rows + each.rows, billed + each.billed, effective + each.effective
        imported = _imported(self.run)
        return [
            Reconciled(*key, *given.get(key, (0, 0, 0)), imported.get(key, (0, 0)))
            for key in sorted({*given, *imported})
        ]


def _imported(run: AllocationRun) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in run.invariants[0]["rows"]:
        held = found.setdefault((row["issuer"], row["currency"]), {})
        units, _ = money.from_text(row["imported"])
        held[row["basis"]] = held.get(row["basis"], 0) + units
    return {key: (held["billed"], held["effective"]) for key, held in found.items()}
