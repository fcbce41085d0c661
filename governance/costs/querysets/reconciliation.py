"""Whether the money shared out is the money billed: both sums, and what stands between them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Sum

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.costs.kinds import Basis, TargetKind
from governance.costs.querysets.published import published_runs
from governance.costs.querysets.refused import refused_in
from governance.costs.rules.conversion import next_month
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Missing

_APART = {TargetKind.UNALLOCATED.value: "unallocated", TargetKind.POOL.value: "in_pools"}

_BOTH = {f"sum_{basis}": ExactSum(basis) for basis in Basis.values}


@dataclass(slots=True)
class Account:
    """One issuer's bill of a month in one currency and basis, in units, and where it went."""

    issuer: str
    currency: str
    billed: int = 0
    rows: int = 0
    allocated: int = 0
    in_pools: int = 0
    unallocated: int = 0

    @property
    def difference(self) -> int:
        return self.billed - self.allocated - self.in_pools - self.unallocated


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of a delivery that were not taken; ``amount`` sums those that could be read."""

    batch: Any
    currency: str
    rows: int
    amount: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """``later`` are deliveries accepted after the published run: it does not know them yet."""

    month: dt.date
    run: Any
    accounts: dict[str, list[Account]] = field(default_factory=dict)  # by basis
    refused: Sequence[Refused] = ()
    later: Sequence[Any] = ()

    @property
    def balances(self) -> bool:
        return not any(one.difference for found in self.accounts.values() for one in found)


def reconciliation(
    actor: Actor, month: dt.date, as_of: dt.datetime | None = None
) -> Reconciliation:
    """Return both sides of a month, today's or those of ``as_of``.

    Raises ``Missing`` unless ``actor`` may see all of it.
    """
    if not scope_of(actor, Permission.COST_VIEW).everywhere:
        raise Missing("not-found", "There is nothing here that you may see.")
    parts = _rows("BatchPart").speaking(as_of)
    parts = parts.filter(period__start__gte=month, period__start__lt=next_month(month))
    runs = published_runs([month], as_of)
    run = _rows("AllocationRun").filter(pk__in=runs).select_related("ruleset").first()
    found: dict[str, dict[tuple[str, str], Account]] = {basis: {} for basis in Basis.values}
    _add_bills(found, parts)
    _add_charges(found, run)
    return Reconciliation(
        month=month,
        run=run,
        accounts={basis: [rows[key] for key in sorted(rows)] for basis, rows in found.items()},
        refused=_refused(parts, month),
        later=_later(parts, run),
    )


def billed_months(most: int = 36) -> list[dt.date]:
    """Return the months for which bills are accepted, the latest first."""
    starts = _rows("BatchPart").current().order_by("-period__start")
    months = {start.replace(day=1) for start in starts.values_list("period__start", flat=True)}
    return sorted(months, reverse=True)[:most]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


def _account(accounts: dict[tuple[str, str], Account], issuer: str, currency: str) -> Account:
    return accounts.setdefault((issuer, currency), Account(issuer, currency))


def _add_bills(found: dict[str, dict[tuple[str, str], Account]], parts: Any) -> None:
    totals = _rows("PartTotal").filter(part__in=parts).order_by()
    rows = totals.values_list("part__period__issuer", "currency").annotate(
        count=Sum("rows"), **_BOTH
    )
    for issuer, currency, count, *amounts in rows:
        for basis, units in zip(Basis.values, amounts, strict=True):
            account = _account(found[basis], issuer, currency)
            account.billed, account.rows = units, count


def _add_charges(found: dict[str, dict[tuple[str, str], Account]], run: Any) -> None:
    if run is None:
        return
    days = _rows("ChargeDay").filter(run=run).order_by()
    rows = days.values_list("issuer", "currency", "target__kind").annotate(**_BOTH)
    for issuer, currency, kind, *amounts in rows:
        for basis, units in zip(Basis.values, amounts, strict=True):
            account = _account(found[basis], issuer, currency)
            name = _APART.get(kind, "allocated")
            setattr(account, name, getattr(account, name) + units)


def _refused(parts: Any, month: dt.date) -> list[Refused]:
    batches = {
        batch.pk: batch
        for batch in _rows("ImportBatch").filter(pk__in=parts.order_by().values("batch"))
    }
    return [
        Refused(batches[each.batch], each.currency, each.rows, each.amount)
        for each in refused_in(month, batches)
    ]


def _later(parts: Any, run: Any) -> list[Any]:
    if run is None or run.finished_at is None:
        return []
    return list(parts.filter(accepted_at__gt=run.finished_at).select_related("batch", "period"))
