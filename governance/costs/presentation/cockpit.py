"""The cockpit's figures in words: what was spent, how that moved, what nobody claimed."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from governance.costs.kinds import Basis, TargetKind
from governance.costs.querysets.cockpit import Cockpit
from governance.costs.querysets.summary import Summary
from governance.costs.rules.conversion import months_before, next_month
from governance.kernel import money


@dataclass(frozen=True, slots=True)
class Stat:
    label: str
    value: str
    note: str
    url: str


def stats(found: Cockpit) -> list[Stat]:
    """Return the figures at the top; each leads to the explorer cut the same way."""
    made = [_spend(found)]
    if found.unallocated is not None:
        made.append(_unallocated(found, found.unallocated.found))
    return made


def _spend(found: Cockpit) -> Stat:
    now = _of(found.trend, found.month)
    before = _of(found.trend, months_before(found.month, 1))
    running = next_month(found.month) > timezone.localdate()
    label = f"Spent in {found.month:%B}{' so far' if running else ''}"
    url = explorer_url(start=found.month, end=found.month, compare="before")
    note = _text(before, found.trend.currency) + " in the month before"
    note = note if running else _moved(now, before)
    return Stat(label, _text(now, found.trend.currency), f"{_basis(found.trend)}, {note}", url)


def _moved(now: int, before: int) -> str:
    if before <= 0:
        return "nothing to compare with the month before"
    return f"{(now - before) / before:+.1%} against the month before"


def _unallocated(found: Cockpit, loose: Summary) -> Stat:
    end = found.month
    url = explorer_url(start=end, end=end, group="reason", kind=TargetKind.UNALLOCATED)
    note = ", ".join((_basis(loose), *_part(found, loose)))
    return Stat("Unallocated", _text(loose.total, loose.currency), note, url)


def _part(found: Cockpit, loose: Summary) -> list[str]:
    """Say how much of all it is; where some money has no rate, only what that money is."""
    whole = _of(found.trend, found.month)
    if loose.is_partial:
        return [f"and {_text(one.amount, one.currency)} not converted" for one in loose.unconverted]
    if whole <= 0 or found.trend.is_partial:
        return []
    return [f"{loose.total / whole:.1%} of all"]


def _basis(found: Summary) -> str:
    return f"{Basis(found.question.basis).label.lower()} cost"


def _of(found: Summary, month: dt.date) -> int:
    return sum(line.amounts.get(month, 0) for line in found.lines)


def _text(units: int, currency: str) -> str:
    return f"{money.printed(units, currency)} {currency}".strip()


def explorer_url(*, start: dt.date, end: dt.date, **wanted: str) -> str:
    """Return the explorer for these months, cut as ``wanted`` says."""
    query = {"start": f"{start:%Y-%m}", "end": f"{end:%Y-%m}", **wanted}
    return f"{reverse('costs:explorer')}?{urlencode(query)}"
