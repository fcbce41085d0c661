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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from governance.costs import checking, gathering
from governance.costs import commands as costs
from governance.costs.engine.job import Book, Landing, Tell
from governance.costs.engine.results import Shared
from governance.costs.engine.sharing import Allocation
from governance.costs.gathering import Bill, Drivers
from governance.costs.kinds import MAX_ATTEMPTS, Cause
from governance.costs.models import AllocationRun, CostSlice, RuleSet
from governance.costs.rules.differences import Totals, difference
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


@dataclass(slots=True)
class _Inputs:
    """One step of applying new inputs: which bills, whose rules, whose drivers.

    ``rules`` and ``drivers`` None: today's; otherwise those that an earlier run's inputs name.
    """

    bills: Sequence[Bill]
    rules: Mapping[str, Any] | None = None
    drivers: Mapping[str, Any] | None = None
    used_rules: dict[dt.date, RuleSet] = field(default_factory=dict)
    used_drivers: dict[dt.date, Drivers] = field(default_factory=dict)


class _Attempt:
    def __init__(self, run: AllocationRun, folder: Path, tell: Tell) -> None:
        self.run, self.folder, self.also_tell = run, folder, tell
        self.known = gathering.known_targets()
        self.told = 0.0

    def carry_out(self) -> AllocationRun:
        now = _Inputs(gathering.bills_of(self.run.month))
        self.tell("Fetching the bills")
        paths = self._fetch(now.bills)
        with _folder(self.folder) as inside:
            work = self._open(inside, now.bills, paths)
            try:
                shared = work.share(lambda months: self._books(now, months), self.known)
                self._store(work, inside)
            finally:
                work.close()
        found = self._computed(now, shared, paths)
        return costs.record_run(actor=system_actor(), run=self.run, found=found)

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

    def _books(self, inputs: _Inputs, months: Sequence[dt.date]) -> list[Book]:
        own, books = self.run.month, []
        for month in [own, *months]:
            rules = self._rules(inputs, month)
            drivers = (
                gathering.drivers_of(month)
                if inputs.drivers is None
                else gathering.drivers_from(inputs.drivers, month)
            )
            inputs.used_rules[month], inputs.used_drivers[month] = rules, drivers
            books.append(gathering.book(month, rules, drivers, own=month == own))
        return books

    def _rules(self, inputs: _Inputs, month: dt.date) -> RuleSet:
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
        costs.store_charges(run=self.run, charges=charges, days=days)

    def _base(self) -> AllocationRun | None:
        """Return the run that this one would supersede, or that a dry run is held against."""
        published = AllocationRun.objects.published().filter(month=self.run.month)
        return published.exclude(pk=self.run.pk).first()

    def _difference(
        self,
        base: AllocationRun | None,
        now: _Inputs,
        inputs: Mapping[str, Any],
        new: Totals,
        paths: Mapping[str, Path],
    ) -> list[dict[str, Any]]:
        """Apply what is new step by step; a step at which nothing is new is not computed."""
        if base is None:
            return difference([(None, {}), (Cause.DATA, new)])
        before = base.inputs
        other_rules = (inputs["rules"], inputs["targets"]) != (before["rules"], before["targets"])
        other_drivers = inputs["drivers"] != before["drivers"]
        old = checking.totals_in(base)
        data = rule = new
        if inputs["bills"] == before["bills"]:
            data = old
        elif other_rules or other_drivers:
            data = self._again(_Inputs(now.bills, before, before), paths)
        if not other_rules:
            rule = data
        elif other_drivers:
            rule = self._again(_Inputs(now.bills, None, before), paths)
        steps = [(Cause.DATA, data), (Cause.RULE, rule), (Cause.DRIVER, new)]
        return difference([(None, old), *steps])

    def _again(self, inputs: _Inputs, paths: Mapping[str, Path]) -> Totals:
        """Return what targets would get of other inputs; nothing is stored."""
        self.say("Comparing with the published run")
        with _folder(self.folder) as inside:
            work = self._open(inside, inputs.bills, paths)
            try:
                return totals_of(work.share(lambda months: self._books(inputs, months), self.known))
            finally:
                work.close()

    def _computed(self, now: _Inputs, shared: Shared, paths: Mapping[str, Path]) -> costs.Computed:
        base = self._base()
        inputs = gathering.describe(now.bills, now.used_rules, now.used_drivers, self.known)
        moved = self._difference(base, now, inputs, totals_of(shared), paths)
        self.say("Checking")
        return costs.Computed(
            inputs=inputs,
            result_digest=shared.digest,
            invariants=checking.invariants(self.run, inputs, shared, base),
            summary=checking.summary(self.run, shared, now.used_rules, base),
            difference=moved,
            supersedes=base.pk if base else None,
        )


def totals_of(shared: Shared) -> Totals:
    return {key: (sums.billed, sums.effective) for key, sums in shared.targets.items()}


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
