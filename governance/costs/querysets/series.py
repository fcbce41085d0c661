"""Money by day of a target and all below it, from what is published, as far as it has settled."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import IntegerField, Q, Value

from governance.costs.kinds import Basis, CostRunState, TargetKind
from governance.costs.querysets.settlement import settled
from governance.costs.rules.series import Daily, Settled, common_end, laid_out
from governance.kernel.amounts import ExactSum

Amounts = dict[dt.date, int]
_TOGETHER = 25


@dataclass(frozen=True, slots=True)
class Tree:
    """All targets with money in one currency, each with the sum of everything below it.

    ``parents`` leads from a key to the next one above that stands in the tree.
    """

    currency: str
    series: Mapping[str, Daily]
    parents: Mapping[str, str]
    floors: Mapping[str, int]  # the least money worth a person's time, in units
    ids: Mapping[str, uuid.UUID]


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
    """Return the series of ``target`` by currency: from its first charge to what has settled."""
    known = settled()
    amounts: dict[str, Amounts] = defaultdict(lambda: defaultdict(int))
    issuers: dict[str, set[str]] = defaultdict(set)
    for currency, issuer, day, billed, effective in _rows(below(target), since):
        amounts[currency][day] += _chosen(known.get(issuer), basis, billed, effective)
        issuers[currency].add(issuer)
    return {
        currency: laid_out(by_day, min(by_day), end_of(known, issuers[currency]) or min(by_day))
        for currency, by_day in amounts.items()
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """Published money of ``target`` and all below it, from ``start`` to the day before ``end``."""

    target: Any
    currency: str
    start: dt.date
    end: dt.date

    def rows(self, place: int) -> Any:
        days = _published().filter(below(self.target), currency=self.currency)
        days = days.filter(day__gte=self.start, day__lt=self.end)
        days = days.annotate(place=Value(place, IntegerField()))
        return _summed(days.values_list("place", "issuer", "day"))


def charged(asked: Sequence[Asked]) -> list[list[tuple[str, dt.date, int, int]]]:
    """Return issuer, day, billed and effective for each of ``asked``, settled or not.

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


def trees(since: dt.date) -> list[Tree]:
    """Return one tree for each currency, from ``since``. Entries made by hand are left out.

    Days before a target's first charge count as 0, so that what begins is seen; a day that has not
    settled for one of a target's issuers is not there.
    """
    known = {name: one for name, one in settled().items() if not one.by_hand}
    leaves = _leaves(since, known)
    targets = {row.pk: row for row in _targets()}
    anchors = dict(_anchors(targets.values()))
    return [
        _tree(currency, found, {key: targets[key] for key in found}, anchors, known, since)
        for currency, found in sorted(leaves.items())
    ]


_Leaf = dict[str, Amounts]  # issuer to day to units


def _leaves(since: dt.date, known: Mapping[str, Settled]) -> dict[str, dict[uuid.UUID, _Leaf]]:
    found: dict[str, dict[uuid.UUID, _Leaf]] = defaultdict(lambda: defaultdict(dict))
    for target, currency, issuer, day, billed, effective in _rows(Q(), since, "target_id"):
        if issuer in known:
            amount = _chosen(known[issuer], Basis.EFFECTIVE, billed, effective)
            found[currency][target].setdefault(issuer, {})[day] = amount
    return found


def _tree(
    currency: str,
    leaves: Mapping[uuid.UUID, _Leaf],
    targets: Mapping[uuid.UUID, Any],
    anchors: Mapping[tuple[str, Any], Any],
    known: Mapping[str, Settled],
    since: dt.date,
) -> Tree:
    amounts: dict[str, Amounts] = defaultdict(lambda: defaultdict(int))
    issuers: dict[str, set[str]] = defaultdict(set)
    parents: dict[str, str] = {}
    ids: dict[str, uuid.UUID] = {}
    for leaf, by_issuer in leaves.items():
        chain = [targets[leaf], *_above(targets[leaf], anchors)]
        ids.update({one.key: one.pk for one in chain})
        parents.update(_parents(chain, anchors))
        for one in chain:
            issuers[one.key].update(by_issuer)
            for by_day in by_issuer.values():
                for day, amount in by_day.items():
                    amounts[one.key][day] += amount
    first = max(since, min(min(by_day) for by_day in amounts.values()))
    return Tree(
        currency=currency,
        series={
            key: laid_out(by_day, first, end_of(known, issuers[key]) or first)
            for key, by_day in amounts.items()
        },
        parents=parents,
        floors={key: min(known[name].floor for name in issuers[key]) for key in amounts},
        ids=ids,
    )


def _above(target: Any, anchors: Mapping[tuple[str, Any], Any]) -> list[Any]:
    """Return every target in which this one's money counts too, the lowest first."""
    places = (
        (TargetKind.VERSION, target.version_id),
        (TargetKind.MODEL, target.model_id),
        (TargetKind.PROJECT, target.use_case_id),
        (TargetKind.TEAM, target.team_id),
        (TargetKind.ORGANISATION, None),
    )
    found = (anchors.get(place) for place in places)
    above = [one for one in found if one is not None and one.pk != target.pk]
    return [one for one in above if one.team_id in (target.team_id, None)]


def _parents(
    chain: Iterable[Any], anchors: Mapping[tuple[str, Any], Any]
) -> Iterator[tuple[str, str]]:
    for one in chain:
        above = _above(one, anchors)
        if above:
            yield one.key, above[0].key


def _anchors(targets: Iterable[Any]) -> Iterator[tuple[tuple[str, Any], Any]]:
    """Return the targets that stand for a whole version, model, project, team or all."""
    for row in targets:
        key = {
            TargetKind.VERSION: row.version_id,
            TargetKind.MODEL: row.model_id,
            TargetKind.PROJECT: row.use_case_id,
            TargetKind.TEAM: row.team_id,
            TargetKind.ORGANISATION: None,
        }
        if row.kind in key and not row.phase:
            yield (row.kind, key[row.kind]), row


def _chosen(known: Settled | None, basis: str, billed: int, effective: int) -> int:
    """Trends of a source that leaves EffectiveCost empty read what it billed."""
    use_billed = basis == Basis.BILLED or (known is not None and known.uses_billed)
    return billed if use_billed else effective


def _rows(condition: Q, since: dt.date | None, *more: str) -> Any:
    rows = _published().filter(condition)
    if since is not None:
        rows = rows.filter(day__gte=since)
    return _summed(rows.values_list(*more, "currency", "issuer", "day"))


def _summed(rows: Any) -> Any:
    return rows.annotate(sum_billed=ExactSum("billed"), sum_used=ExactSum("effective")).order_by()


def _published() -> Any:
    days = apps.get_model("costs", "ChargeDay")._default_manager  # noqa: SLF001
    return days.filter(run__state=CostRunState.PUBLISHED)


def _targets() -> Any:
    fields = ("key", "kind", "phase", "team_id", "use_case_id", "model_id", "version_id")
    return apps.get_model("costs", "Target")._default_manager.only(*fields)  # noqa: SLF001
