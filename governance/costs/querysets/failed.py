"""Failed work: what was spent on work that ended before it was of use, by phase."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from governance.access.querysets import names_of
from governance.costs.kinds import Basis
from governance.costs.querysets.reuse import Reuse, reused_since
from governance.costs.querysets.settlement import amount_in, unfilled_issuers
from governance.costs.rules.endings import Charged, Endings
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from governance.costs.models import WorkEnding

MOST = 500  # endings of one reading, the latest; a page says when there are more
Spent = dict[UUID, dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Failed:
    """One ending with its money in one currency. ``currency`` is empty when it cost nothing.

    ``reused``: what was made since of what it was made of, as far as the inventory knows.
    """

    ending: "WorkEnding"
    currency: str
    by_phase: Mapping[str, int]
    deciders: Sequence[str]
    reused: Sequence[Reuse]

    @property
    def total(self) -> int:
        return sum(self.by_phase.values())


@dataclass(frozen=True, slots=True)
class Rows:
    """What a reading may read: standing endings, published charges by day, other versions.

    What ``unfilled`` issuers billed stands for an effective cost that they leave empty.
    """

    endings: Any
    days: Any
    versions: Any
    unfilled: Collection[str] = ()


def failed_work(
    actor: Actor,
    start: dt.date,
    end: dt.date,
    facets: Mapping[str, Any] | None = None,
    unfilled: Collection[str] | None = None,
) -> list[Failed]:
    """Return what ended before use and cost money from ``start`` to ``end``, or ended then.

    The most money first. Every charge counts once, at the nearest ending. A page that knows the
    ``unfilled`` issuers gives them.
    """
    versions: Any = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
    rows = Rows(
        endings=_rows("WorkEnding").visible_to(actor).narrowed(facets or {}),
        days=_rows("ChargeDay").visible_to(actor).published(),
        versions=versions.visible_to(actor),
        unfilled=unfilled_issuers() if unfilled is None else unfilled,
    )
    return failures(rows, start, end)


def one_failure(actor: Actor, key: UUID) -> list[Failed]:
    """Return one ending with all that was ever spent on it, by currency; a resumed one too.

    What ended by itself within it stands there, as in the list.
    """
    versions: Any = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
    visible = _rows("WorkEnding").visible_to(actor)
    row = _named(visible).get(pk=key)
    beside = visible.standing().before_use().filter(use_case_id=row.use_case_id).exclude(pk=key)
    days = _rows("ChargeDay").visible_to(actor).published()
    spent = _spent(days, unfilled_issuers(), [*beside, row])
    own = {row.pk: spent[row.pk]} if row.pk in spent else {}
    return _listed([row], own, versions.visible_to(actor))


def failures(rows: Rows, start: dt.date, end: dt.date) -> list[Failed]:
    """Return the failed work among ``rows``; a constant number of queries."""
    standing = _named(rows.endings.standing().before_use())
    found = {row.pk: row for row in standing.order_by("-ended_at", "-number")[:MOST]}
    days = rows.days.filter(day__gte=start, day__lt=end)
    spent = _spent(days, rows.unfilled, found.values())
    shown = [row for row in found.values() if row.pk in spent or _within(row, start, end)]
    listed = _listed(shown, spent, rows.versions)
    return sorted(listed, key=lambda one: (-one.total, one.ending.number, one.currency))


def _named(rows: Any) -> Any:
    return rows.select_related("team", "use_case", "model", "version__model", "learnt_by")


def _listed(shown: Sequence["WorkEnding"], spent: Spent, versions: Any) -> list[Failed]:
    people = names_of({UUID(key) for row in shown for key in row.deciders})
    reused = reused_since(shown, versions)
    return [
        Failed(
            ending=row,
            currency=currency,
            by_phase=phases,
            deciders=[people.get(UUID(key), "the service") for key in row.deciders],
            reused=reused[row.pk],
        )
        for row in shown
        for currency, phases in sorted(spent.get(row.pk, {"": {}}).items())
    ]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


def _within(row: "WorkEnding", start: dt.date, end: dt.date) -> bool:
    return start <= row.ended_at.date() < end


def _spent(days: Any, unfilled: Collection[str], rows: Collection["WorkEnding"]) -> Spent:
    """Return units by ending, currency and phase."""
    owners = _owners(_endings(rows)) if rows else {}
    if not owners:
        return {}
    found: Spent = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    mine = days.filter(target_id__in=owners).order_by()
    amount = ExactSum(amount_in(Basis.EFFECTIVE, unfilled))
    columns = ("target_id", "currency", "target__phase")
    for target, currency, phase, units in mine.values_list(*columns).annotate(units=amount):
        found[owners[target]][currency][phase] += units
    return {key: {code: dict(p) for code, p in by.items()} for key, by in found.items()}


def _owners(endings: Endings) -> dict[UUID, UUID]:
    """Return the ending that each target's money belongs to."""
    targets = _rows("Target").filter(
        Q(version_id__in=endings.versions)
        | Q(model_id__in=endings.models)
        | Q(use_case_id__in=endings.use_cases)
    )
    columns = ("pk", "use_case_id", "model_id", "version_id")
    found = {key: endings.of(Charged(*at)) for key, *at in targets.values_list(*columns)}
    return {key: ending for key, ending in found.items() if ending is not None}


def _endings(rows: Collection["WorkEnding"]) -> Endings:
    return Endings(
        versions={row.version_id: row.pk for row in rows if row.version_id},
        models={row.model_id: row.pk for row in rows if row.model_id and not row.version_id},
        use_cases={row.use_case_id: row.pk for row in rows if not row.model_id},
    )
