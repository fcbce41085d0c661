"""Money by day of a target and all below it, from what is published, as far as it has settled.

What is used up has days. What is billed has months: a bill counts in its billing month, whatever
days its charges are for.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import IntegerField, Q, Value

from governance.costs.kinds import Basis, CostRunState, TargetKind
from governance.costs.querysets.settlement import (
    billed_through,
    newest_month,
    settled,
    unfilled_issuers,
)
from governance.costs.rules.series import Daily, Settled, common_end, laid_out, spread
from governance.kernel.amounts import ExactSum

Amounts = dict[dt.date, int]
_TOGETHER = 25


def below(target: Any, prefix: str = "target__") -> Q:
    """Return the condition that a charge's target is ``target`` or lies below it.

    Another team's model may serve a team's use case: its money is that team's and is not told to
    who sees the project alone.
    """
    paths = {
        TargetKind.TEAM: ("team_id", target.team_id),
        TargetKind.MODEL: ("model_id", target.model_id),
    }
    if target.kind == TargetKind.ORGANISATION:
        return Q()
    if target.kind == TargetKind.VERSION and not target.phase:
        return Q(**{f"{prefix}version_id": target.version_id})
    if target.kind == TargetKind.PROJECT:
        whole = {"use_case_id": target.use_case_id, "team_id": target.team_id}
        return Q(**{f"{prefix}{name}": value for name, value in whole.items()})
    path, key = paths.get(target.kind, ("id", target.pk))
    return Q(**{f"{prefix}{path}": key})


def daily(
    target: Any, basis: str = Basis.EFFECTIVE, since: dt.date | None = None
) -> dict[str, Daily]:
    """Return the series of ``target`` by currency: from its first charge to what has settled.

    Billed, each bill is spread evenly over its month, and the last bill that stands ends it.
    """
    if basis == Basis.BILLED:
        return _billed(target, since)
    known = settled()
    amounts: dict[str, Amounts] = defaultdict(lambda: defaultdict(int))
    issuers: dict[str, set[str]] = defaultdict(set)
    for currency, issuer, day, billed, effective in days_with(below(target), since):
        amounts[currency][day] += used(known.get(issuer), billed, effective)
        issuers[currency].add(issuer)
    return {
        currency: laid_out(by_day, min(by_day), end_of(known, issuers[currency]) or min(by_day))
        for currency, by_day in amounts.items()
    }


def _billed(target: Any, since: dt.date | None) -> dict[str, Daily]:
    rows = _published("ChargeMonth").filter(below(target))
    if since is not None:
        rows = rows.filter(run__month__gte=since.replace(day=1))
    bills: dict[str, Amounts] = defaultdict(lambda: defaultdict(int))
    issuers: dict[str, set[str]] = defaultdict(set)
    for currency, issuer, month, billed, _ in _summed(
        rows.values_list("currency", "issuer", "run__month")
    ):
        bills[currency][month] += billed
        issuers[currency].add(issuer)
    known, newest = settled(), newest_month()
    return {
        currency: spread(by_month, billed_through(end_of(known, issuers[currency]), newest))
        for currency, by_month in bills.items()
    }


def billed_instead(target: Any, currency: str, basis: str) -> list[str]:
    """Return the issuers whose billed cost stands for the effective one in ``target``'s series."""
    if basis != Basis.EFFECTIVE or not (unfilled := unfilled_issuers()):
        return []
    rows = _published("ChargeDay").filter(below(target), currency=currency, issuer__in=unfilled)
    return sorted(rows.order_by().values_list("issuer", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Asked:
    """Published money of ``target`` and all below it, from ``start`` to the day before ``end``.

    Billed: of the billing months that begin in it.
    """

    target: Any
    currency: str
    start: dt.date
    end: dt.date
    basis: str = Basis.EFFECTIVE

    def rows(self, place: int) -> Any:
        billed = self.basis == Basis.BILLED
        name, dated = ("ChargeMonth", "run__month") if billed else ("ChargeDay", "day")
        span = {f"{dated}__gte": self.start, f"{dated}__lt": self.end}
        rows = _published(name).filter(below(self.target), currency=self.currency, **span)
        rows = rows.annotate(place=Value(place, IntegerField()))
        return _summed(rows.values_list("place", "issuer", dated))


def charged(asked: Sequence[Asked]) -> list[list[tuple[str, dt.date, int, int]]]:
    """Return issuer, day (or month), billed and effective for each of ``asked``, settled or not.

    One query for each two dozen of them.
    """
    found: list[list[tuple[str, dt.date, int, int]]] = [[] for _ in asked]
    for first in range(0, len(asked), _TOGETHER):
        parts = [one.rows(first + at) for at, one in enumerate(asked[first : first + _TOGETHER])]
        rows = parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]
        for place, *row in rows:
            found[place].append(tuple(row))
    return found


def end_of(known: Mapping[str, Settled], issuers: Iterable[str]) -> dt.date | None:
    """Return the last day that has settled for all of ``issuers`` that still deliver."""
    return common_end(known[name].through for name in issuers if name in known)


def used(known: Settled | None, billed: int, effective: int) -> int:
    """Trends of a source that leaves EffectiveCost empty read what it billed."""
    return billed if known is not None and known.uses_billed else effective


def days_with(condition: Q, since: dt.date | None, *more: str) -> Any:
    rows = _published("ChargeDay").filter(condition)
    if since is not None:
        rows = rows.filter(day__gte=since)
    return _summed(rows.values_list(*more, "currency", "issuer", "day"))


def _summed(rows: Any) -> Any:
    return rows.annotate(sum_billed=ExactSum("billed"), sum_used=ExactSum("effective")).order_by()


def _published(name: str) -> Any:
    rows = apps.get_model("costs", name)._default_manager  # noqa: SLF001
    return rows.filter(run__state=CostRunState.PUBLISHED)
