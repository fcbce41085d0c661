"""What a cost report says of the bills behind it: deliveries, refused rows, other money, rules."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import F, Max, Sum

from governance.costs.kinds import TargetKind
from governance.costs.querysets.drill import rule_keys
from governance.costs.querysets.refused import refused_in
from governance.costs.rules.conversion import months_before
from governance.kernel.amounts import ExactSum, Size

if TYPE_CHECKING:
    from governance.costs.models import AllocationRun, Rule


@dataclass(frozen=True, slots=True)
class Line:
    """Money of one group, in units; ``before``: effective cost of the month before."""

    key: str
    name: str
    billed: int
    effective: int
    before: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch that the run rests on, with what it says of the month and what was refused.

    ``refused`` is what could be read of the refused rows, by currency: no two are ever added.
    """

    number: str
    source: str
    file_name: str
    digest: str
    rows: int
    rejected: int
    refused: Mapping[str, int]
    billed: int
    effective: int


def deliveries(run: "AllocationRun", currency: str) -> list[Delivery]:
    """Return the batches of ``run`` that say something in ``currency``, in order."""
    parts = _rows("BatchPart").filter(
        pk__in=run.charges.values("part_id"), totals__currency=currency
    )
    found = parts.values_list("batch_id").annotate(
        rows=Sum("totals__rows"),
        billed=ExactSum("totals__billed"),
        effective=ExactSum("totals__effective"),
        last=Max("id"),
    )
    sums = {key: (rows, billed, effective) for key, rows, billed, effective, _ in found}
    batches = _rows("ImportBatch").filter(pk__in=sums).select_related("source").order_by("number")
    counts, refused = _refused(run.month, sums)
    return [
        _delivery(batch, sums[batch.pk], counts.get(batch.pk, 0), refused.get(batch.pk, {}))
        for batch in batches
    ]


def _refused(
    month: dt.date, batches: Collection[UUID]
) -> tuple[dict[UUID, int], dict[UUID, dict[str, int]]]:
    """Return how many rows of ``month`` each batch had refused, and their sums by currency."""
    counts: dict[UUID, int] = defaultdict(int)
    sums: dict[UUID, dict[str, int]] = defaultdict(dict)
    for each in sorted(refused_in(month, batches), key=lambda one: one.currency):
        counts[each.batch] += each.rows
        if each.amount:
            sums[each.batch][each.currency] = each.amount
    return counts, sums


def _delivery(
    batch: Any, sums: tuple[int, int, int], rejected: int, refused: Mapping[str, int]
) -> Delivery:
    rows, billed, effective = sums
    return Delivery(
        number=batch.public_id,
        source=batch.source.name,
        file_name=batch.file_name,
        digest=batch.digest,
        rows=rows,
        rejected=rejected,
        refused=refused,
        billed=billed,
        effective=effective,
    )


def resources(run: "AllocationRun", currency: str, most: int) -> list[Line]:
    """Return what reached a target by resource, the dearest ``most``; the rest is one line.

    A bill names more resources than paper holds: they are ranked where they lie.
    """
    charged = _charged([run.pk], currency)
    by_name = charged.values_list("slice__resource", "slice__resource_name")
    by_name = by_name.annotate(billed_sum=ExactSum("billed"), used_sum=ExactSum("effective"))
    ranked = by_name.annotate(size=Size(F("used_sum"))).order_by("-size", "slice__resource")
    found = [row[:4] for row in ranked[:most]]
    before = _resources_before(run, currency, [key for key, *_ in found])
    lines = [
        Line(key, name or key, billed, used, before.pop((key, name), 0))
        for key, name, billed, used in found
    ]
    count = by_name.count()
    return [*lines, _others(run, currency, lines, count - most)] if count > most else lines


def _resources_before(
    run: "AllocationRun", currency: str, keys: Sequence[str]
) -> dict[tuple[str, str], int]:
    rows = _charged(_month_before(run), currency).filter(slice__resource__in=keys)
    sums = rows.values_list("slice__resource", "slice__resource_name")
    return {(key, name): used for key, name, used in sums.annotate(ExactSum("effective"))}


def _others(run: "AllocationRun", currency: str, lines: Sequence[Line], count: int) -> Line:
    """Return what the named lines leave of the whole, in both months."""
    sums = {"billed": ExactSum("billed"), "effective": ExactSum("effective")}
    whole = _charged([run.pk], currency).aggregate(**sums)
    before = _charged(_month_before(run), currency).aggregate(**sums)
    return Line(
        "…",
        f"{count:,} others",
        (whole["billed"] or 0) - sum(line.billed for line in lines),
        (whole["effective"] or 0) - sum(line.effective for line in lines),
        (before["effective"] or 0) - sum(line.before for line in lines),
    )


def _charged(runs: Any, currency: str) -> Any:
    rows = _rows("AllocatedCharge").filter(run_id__in=runs, slice__currency=currency)
    return rows.exclude(target__kind=TargetKind.UNALLOCATED).order_by()


def _month_before(run: "AllocationRun") -> Any:
    rows = _rows("AllocationRun").published().filter(month=months_before(run.month, 1))
    return rows.values("pk")


def other_currencies(months: Any, currency: str) -> list[Line]:
    """Return a line for each currency of ``months`` (a run's sums) that is not ``currency``."""
    rows = months.exclude(currency=currency).order_by("currency").values_list("currency")
    sums = rows.annotate(ExactSum("billed"), ExactSum("effective"))
    return [Line(name, name, billed, effective) for name, billed, effective in sums]


def rules_of(run: "AllocationRun", team_id: UUID | None) -> list["Rule"]:
    """Return the rules in force; for a team only those by which its own charges came."""
    if team_id is None:
        return list(run.ruleset.rules.order_by("priority"))
    paths = run.charges.filter(target__team_id=team_id).order_by().values_list("path", flat=True)
    steps: Sequence[Any] = [step for path in paths.distinct() for step in path]
    return list(_rows("Rule").filter(pk__in=rule_keys(steps)).order_by("priority", "id"))


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001
