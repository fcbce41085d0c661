"""Carrying out one run of allocation: claim, share, store, check, record. Called by the task.

No step runs inside a transaction except those that write. A worker that dies leaves a lease; the
next one begins anew, and nothing that the first one stored is seen.
"""

import datetime as dt
import logging
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from governance.costs import checking, gathering
from governance.costs import commands as costs
from governance.costs.comparing import Comparison, Inputs, Outcome, outcome_of
from governance.costs.engine.job import Book, Landing, Tell
from governance.costs.engine.results import Shared
from governance.costs.engine.sharing import Allocation
from governance.costs.gathering import Bill
from governance.costs.keeping import Kept, kept_in, stored, totals_in
from governance.costs.kinds import MAX_ATTEMPTS
from governance.costs.models import AllocationRun, CostSlice, RuleSet
from governance.costs.rules.differences import moved_by_currency
from governance.kernel.actor import system_actor
from governance.kernel.errors import DomainError
from inventory.catalog.storage import BlobDamagedError

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN = 1.0  # two words of progress


def allocate(run_id: UUID, tell: Tell = lambda _: None) -> AllocationRun | None:
    """Carry the run out unless somebody else has it, it is over, or there is no such run.

    ``tell`` hears what is being done, beside those who look at the run's page.
    """
    run = costs.claim_run(run_id)
    if run is None:
        return None
    try:
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
            return _Attempt(run, Path(folder), tell).carry_out()
    except costs.LostRun:
        logger.warning("allocation lost to another worker", extra={"run": run.public_id})
        return None
    except (DomainError, BlobDamagedError, KeyError) as error:
        return costs.fail_run(actor=system_actor(), run=run, reason=str(error))
    except Exception as error:
        logger.exception("allocation broke", extra={"run": run.public_id})
        return _gave_up(run, f"Something broke on our side ({type(error).__name__}).")


def _gave_up(run: AllocationRun, reason: str) -> AllocationRun | None:
    if run.attempt >= MAX_ATTEMPTS:
        return costs.fail_run(actor=system_actor(), run=run, reason=reason)
    costs.release_run(run, reason)
    return None


class _Attempt:
    def __init__(self, run: AllocationRun, folder: Path, tell: Tell) -> None:
        self.run, self.folder, self.also_tell = run, folder, tell
        self.known = gathering.known_targets()
        self.closed = kept_in(run.month)
        self.kept = Kept() if run.dry else self.closed
        self.told = 0.0

    def carry_out(self) -> AllocationRun:
        now = Inputs(gathering.bills_of(self.run.month))
        self.tell("Fetching the bills")
        paths = self._fetch(now.bills)
        with _folder(self.folder) as inside:
            work = self._open(inside, now.bills, paths)
            try:
                shared = work.share(lambda months: self._books(now, months), self.known)
                found = outcome_of(shared, work.given_to(self.closed.runs))
                left_out = work.leave_out(self.kept.runs)
                self._store(work, inside)
            finally:
                work.close()
        shared = stored(shared, self.kept, found.closed, left_out)
        inputs = self._describe(now)
        comparison = Comparison(now, inputs, found, lambda step: self._again(step, paths))
        computed = self._computed(inputs, now, shared, comparison)
        return costs.record_run(actor=system_actor(), run=self.run, found=computed)

    def tell(self, words: str) -> None:
        """Pass progress on, at most once a second: each word is a transaction."""
        if time.monotonic() - self.told > _SECONDS_BETWEEN:
            self.say(words)

    def say(self, words: str) -> None:
        costs.tell_run(self.run, words)
        self.also_tell(words)
        self.told = time.monotonic()

    def _fetch(self, bills: Sequence[Bill]) -> dict[str, Path]:
        """Return local copies of the landings, each checked against its digest."""
        landings = sorted({bill.landing for bill in bills})
        return {each: gathering.local_copy(each, self.folder) for each in landings}

    def _open(self, inside: Path, bills: Sequence[Bill], paths: Mapping[str, Path]) -> Allocation:
        parts: dict[tuple[str, str], dict[tuple[str, dt.date], int]] = {}
        for bill in bills:
            of_file = parts.setdefault((bill.landing, bill.source), {})
            of_file[bill.issuer, bill.start] = bill.part
        landings = [
            Landing(paths[landing], source, held) for (landing, source), held in parts.items()
        ]
        return Allocation(inside, self.run.month, landings, tell=self.tell)

    def _books(self, inputs: Inputs, months: Sequence[dt.date]) -> list[Book]:
        own, books = self.run.month, []
        for month in [own, *months]:
            rules = self._rules(inputs, month)
            drivers = (
                gathering.drivers_of(month)
                if inputs.drivers is None
                else gathering.drivers_from(inputs.drivers, month)
            )
            book = gathering.book(month, rules, drivers, own=month == own)
            inputs.used_rules[month], inputs.used_drivers[month] = rules, drivers
            if book.carried is not None and gathering.weighs_cost(book.rules):
                inputs.used_carried[month] = book.carried
            books.append(book)
        return books

    def _rules(self, inputs: Inputs, month: dt.date) -> RuleSet:
        if inputs.rules is not None:
            return gathering.rules_from(inputs.rules, month)
        ruleset: RuleSet = self.run.ruleset
        return ruleset if month == self.run.month else gathering.rules_for(month, ruleset)

    def _store(self, work: Allocation, inside: Path) -> None:
        self.say("Writing charges")
        sources = {bill.source for bill in gathering.bills_of(self.run.month)}
        slices = _write_slices(inside / "slices.csv", sources)
        charges, days = work.write(str(self.run.pk), gathering.target_ids(), slices, inside)
        self.say("Storing charges")
        kept = {issuer: run.pk for issuer, run in self.kept.runs.items()}
        costs.store_charges(run=self.run, charges=charges, days=days, kept=kept)

    def _base(self) -> AllocationRun | None:
        """Return the run that this one would supersede, or that a dry run is held against."""
        published = AllocationRun.objects.published().filter(month=self.run.month)
        return published.exclude(pk=self.run.pk).first()

    def _again(self, inputs: Inputs, paths: Mapping[str, Path]) -> Outcome:
        """Return what targets would get of other inputs; nothing is stored."""
        self.say("Comparing with the published run")
        with _folder(self.folder) as inside:
            work = self._open(inside, inputs.bills, paths)
            try:
                known = inputs.known or self.known
                shared = work.share(lambda months: self._books(inputs, months), known)
                return outcome_of(shared, work.given_to(self.closed.runs))
            finally:
                work.close()

    def _describe(self, now: Inputs) -> dict[str, Any]:
        inputs = gathering.describe(
            now.bills, now.used_rules, now.used_drivers, now.used_carried, self.known
        )
        return {**inputs, "kept": self.kept.to_json()} if self.kept.runs else inputs

    def _computed(
        self, inputs: Mapping[str, Any], now: Inputs, shared: Shared, comparison: Comparison
    ) -> costs.Computed:
        base = self._base()
        moved = comparison.of_run(base, self.kept)
        adjustment = comparison.of_closed(self.closed)
        self.say("Checking")
        closed = moved_by_currency(self.closed.totals, totals_in(comparison.found.closed))
        checks = checking.invariants(self.run, inputs, shared, closed if self.closed.runs else None)
        return costs.Computed(
            inputs=inputs,
            result_digest=shared.digest,
            invariants=checks,
            summary=checking.summary(self.run, shared, now.used_rules, base),
            difference=moved,
            adjustment=adjustment,
            supersedes=base.pk if base else None,
        )


@contextmanager
def _folder(inside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=inside) as folder:
        yield Path(folder)


def _write_slices(file: Path, sources: set[str]) -> Path:
    """Write ids and digests of the slices of ``sources`` as CSV."""
    if connection.vendor == "postgresql":
        listed = ", ".join(f"'{UUID(source)}'" for source in sorted(sources))
        query = f"SELECT id, digest FROM costs_costslice WHERE source_id IN ({listed})"  # noqa: S608
        sql = f"COPY ({query}) TO STDOUT WITH (FORMAT csv)"
        with connection.cursor() as cursor, file.open("wb") as out, cursor.copy(sql) as found:
            for piece in found:
                out.write(piece)
        return file
    rows = CostSlice.objects.filter(source_id__in=[UUID(source) for source in sources]).values_list(
        "pk", "digest"
    )
    with file.open("w") as out:
        out.writelines(f"{pk},{digest}\n" for pk, digest in rows.iterator())
    return file
