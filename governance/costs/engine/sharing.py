"""Allocation: landed bills in, every line's money shared out exactly, by rules in order.

No Django here. Memory is bounded whatever the bill's size; what does not fit lies on disk.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from governance.costs.engine import choosing, files, holding, lines, results, routing, splitting
from governance.costs.engine.holding import Given
from governance.costs.engine.job import Book, Landing, Tell, Work
from governance.costs.engine.results import Shared
from governance.costs.engine.sets import MEMORY, open_sets
from governance.costs.rules.matching import Charged, leaves
from governance.costs.rules.months import next_month
from governance.costs.rules.naming import Directory

Books = Callable[[Sequence[dt.date]], Sequence[Book]]


class Allocation:
    """One month's allocation, in a folder of its own that is thrown away afterwards."""

    def __init__(
        self,
        folder: Path,
        month: dt.date,
        landings: Sequence[Landing],
        *,
        tell: Tell = lambda _: None,
        memory: str = MEMORY,
    ) -> None:
        self._folder, self._month, self._tell = folder, month, tell
        self._landings = landings
        self._db = open_sets(folder, memory)
        self._work: Work | None = None

    def close(self) -> None:
        self._db.close()

    def share(self, books: Books, directory: Directory) -> Shared:
        """Share the month's lines out.

        ``books`` is asked for the rules of the month, first, and of the earlier months that it is
        given: those whose charges are corrected in this one.
        """
        self._tell("Opening the bills")
        lines.open_landings(self._db, self._landings)
        months = lines.correction_months(self._db, self._month)
        work = Work(self._db, self._month, tuple(books(months)), directory, self._tell)
        self._work = work
        self._tell("Reading what lines are about")
        lines.make_slices(self._db, routing.fields_read(work), _dates(work))
        self._tell("Trying rules")
        routing.route(work)
        choosing.number_whole(work)
        splitting.share_out(work)
        self._tell("Adding up")
        results.settle(work)
        files.list_paths(work)
        return results.count(work, files.digest_of(work, self._folder))

    def given_to(self, issuers: Collection[str]) -> Given:
        """Return what the lines of each of ``issuers`` give to each target, by currency."""
        return holding.given_to(self._shared(), issuers) if issuers else {}

    def leave_out(self, issuers: Collection[str]) -> int:
        """Have the charges of ``issuers`` not written; return how many they are."""
        return holding.leave_out(self._shared(), issuers) if issuers else 0

    def write(
        self, run: str, targets: Mapping[str, str], slices: Path, folder: Path
    ) -> tuple[Path, Path]:
        """Write charges and days as CSV files, ready to be copied into the database."""
        work = self._shared()
        charges, days = folder / "charges.csv", folder / "days.csv"
        files.write_charges(work, charges, run=run, targets=targets, slices=slices)
        files.write_days(work, days, run=run, targets=targets)
        return charges, days

    def _shared(self) -> Work:
        if self._work is None:
            raise RuntimeError("nothing has been shared yet")
        return self._work


def _dates(work: Work) -> list[dt.date]:
    """Return every date at which a rule, a book or a target begins to read lines differently."""
    found: set[dt.date] = set()
    for book in work.books:
        if len(work.books) > 1:
            found |= {book.month, next_month(book.month)}
        for rule in book.rules:
            found |= {day for day in (rule.valid_from, rule.valid_to) if day}
            for leaf in leaves(rule.matcher):
                if isinstance(leaf, Charged):
                    found |= {day for day in (leaf.start, leaf.before) if day}
    retired = (target.retired_on for target in work.directory.targets.values())
    return sorted(found | {day for day in retired if day})
