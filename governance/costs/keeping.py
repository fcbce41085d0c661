"""What closed periods keep: their issuers' charges of a month stay as they were published.

A later run of a month that several issuers share gives the lines of open ones anew and takes the
charges of closed ones over as they stand. What its rules would give closed lines is held against
that; booked, it is an adjustment in the open month.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from governance.costs.engine.holding import Given
from governance.costs.engine.results import Shared, Sums
from governance.costs.models import AllocatedCharge, AllocationRun
from governance.costs.querysets.closing import closed_on
from governance.costs.rules.allocation import UNALLOCATED
from governance.costs.rules.differences import Totals
from governance.kernel.amounts import ExactSum
from governance.kernel.canonical import digest

_BOTH = {"billed_sum": ExactSum("billed"), "effective_sum": ExactSum("effective")}


@dataclass(frozen=True, slots=True)
class Kept:
    """``runs`` are those that an issuer's month was closed on; the rest are sums of its charges."""

    runs: Mapping[str, AllocationRun] = field(default_factory=dict)
    targets: Given = field(default_factory=dict)
    given: Mapping[tuple[int, str, bool], Sums] = field(default_factory=dict)
    charges: int = 0

    @property
    def totals(self) -> Totals:
        return totals_in(self.targets)

    def to_json(self) -> dict[str, str]:
        return {issuer: str(run.pk) for issuer, run in sorted(self.runs.items())}


def kept_in(month: dt.date) -> Kept:
    """Return what issuers whose period of ``month`` is closed keep."""
    keys = closed_on(month)
    found = AllocationRun.objects.in_bulk(list(keys.values()))
    kept = Kept(runs={issuer: found[key] for issuer, key in keys.items()})
    targets: Given = {}
    given: dict[tuple[int, str, bool], Sums] = {}
    charges = 0
    for issuer, run in kept.runs.items():
        held = targets.setdefault(issuer, {})
        for part, currency, target, count, *sums in _sums(issuer, run):
            charges += count
            _add(held, (target, currency), Sums(*sums))
            _add(given, (part, currency, target.startswith(UNALLOCATED)), Sums(*sums))
    return replace(kept, targets=targets, given=given, charges=charges)


def kept_by(run: AllocationRun) -> dict[str, AllocationRun]:
    """Return, by issuer, the runs whose charges ``run`` took over."""
    keys = {issuer: UUID(key) for issuer, key in run.inputs.get("kept", {}).items()}
    found = AllocationRun.objects.in_bulk(list(keys.values()))
    return {issuer: found[key] for issuer, key in keys.items()}


def stored(shared: Shared, kept: Kept, would: Given, left_out: int) -> Shared:
    """Return what a run stores: ``shared``, with what is kept in place of what rules ``would`` give
    closed lines now; ``left_out`` are the charges of those.
    """
    if not kept.runs:
        return shared
    parts = {part for part, _, _ in kept.given}
    given = {key: sums for key, sums in shared.given.items() if key[0] not in parts}
    targets = dict(shared.targets)
    for sign, issuers in ((-1, would), (1, kept.targets)):
        for held in issuers.values():
            for key, sums in held.items():
                _add(targets, key, sums, sign)
    origins = {issuer: run.result_digest for issuer, run in sorted(kept.runs.items())}
    return replace(
        shared,
        digest=digest({"shared": shared.digest, "kept": origins}),
        given={**given, **kept.given},
        targets={key: sums for key, sums in targets.items() if sums.lines},
        charges=shared.charges - left_out + kept.charges,
    )


def totals_in(held: Given) -> Totals:
    """Return units by target and currency over all issuers."""
    found: dict[tuple[str, str], Sums] = {}
    for targets in held.values():
        for key, sums in targets.items():
            _add(found, key, sums)
    return {key: (sums.billed, sums.effective) for key, sums in found.items()}


def _sums(issuer: str, run: AllocationRun) -> list[tuple[int, str, str, int, int, int, int]]:
    rows = AllocatedCharge.objects.filter(run=run, slice__issuer=issuer).order_by()
    by = rows.values_list("part_id", "slice__currency", "target__key")
    return list(by.annotate(Count("pk"), Sum("lines"), **_BOTH))


def _add(found: dict[Any, Sums], key: Any, more: Sums, sign: int = 1) -> None:
    before = found.get(key, Sums(0, 0, 0))
    found[key] = Sums(
        before.lines + sign * more.lines,
        before.billed + sign * more.billed,
        before.effective + sign * more.effective,
    )
