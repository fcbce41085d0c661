"""All money by day, each target with all below it: where days that stand out are looked for."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q

from governance.costs.kinds import TargetKind
from governance.costs.querysets.series import Amounts, days_with, end_of, used
from governance.costs.querysets.settlement import settled
from governance.costs.rules.series import Daily, Settled, laid_out


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


def read_trees(since: dt.date) -> list[Tree]:
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
    for target, currency, issuer, day, billed, effective in days_with(Q(), since, "target_id"):
        if issuer in known:
            amount = used(known[issuer], billed, effective)
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


def _targets() -> Any:
    fields = ("key", "kind", "phase", "team_id", "use_case_id", "model_id", "version_id")
    return apps.get_model("costs", "Target")._default_manager.only(*fields)  # noqa: SLF001
