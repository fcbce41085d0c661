"""How a billing period stands: its bills, the run that shared them out, and what moved since."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Sum

from governance.costs.kinds import BatchState, CostRunState, PeriodState, SourceKind
from governance.costs.querysets.inputs import outdated
from governance.costs.rules.adjusting import ISSUER, name_start, run_in
from governance.costs.rules.closing import Standing, Sums
from governance.costs.rules.invoices import held
from governance.costs.rules.months import days_of
from governance.costs.rules.refusals import DATE_ORDER_NEEDED
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from governance.costs.models import AllocationRun, BillingPeriod

_UNDECIDED = (BatchState.RECEIVED, BatchState.CHECKING, BatchState.HELD)
_SHOWN = 5
HELD_AGAINST = (
    CostRunState.COMPUTED,
    CostRunState.PUBLISHED,
)  # runs whose adjustment can be booked


def standing_of(period: "BillingPeriod", today: dt.date) -> Standing:
    """Return all that decides whether ``period`` may be closed, in a fixed number of queries."""
    run = speaking_run(period)
    return Standing(
        state=period.state,
        end=period.end,
        today=today,
        run=run.public_id if run else "",
        moved=tuple(outdated(run)) if run else (),
        waiting=_waiting(period),
        broken=_broken(run) if run else (),
        sums=_sums(period, run),
        invoices=held(period.invoices, invoiced(_current(period))[period.pk]),
        batches=tuple(batch.public_id for batch in batches_of(period)),
    )


def speaking_run(period: "BillingPeriod") -> "AllocationRun | None":
    """Return the run that the period was closed on, or else its month's published one."""
    rows = _rows("AllocationRun").select_related("ruleset")
    closed = period.state == PeriodState.CLOSED and period.run_id is not None
    own = {"pk": period.run_id} if closed else {"state": CostRunState.PUBLISHED}
    found: AllocationRun | None = rows.filter(month=_month(period), **own).first()
    return found


def closed_on(month: dt.date) -> dict[str, UUID]:
    """Return, by issuer, the run that its period of ``month`` was closed on."""
    rows = _rows("BillingPeriod").filter(state=PeriodState.CLOSED, start__in=days_of(month))
    return dict(rows.exclude(run=None).order_by("start").values_list("issuer", "run_id"))


def batches_of(period: "BillingPeriod") -> list[Any]:
    """Return the deliveries whose lines speak of the period today."""
    return list(_rows("ImportBatch").filter(parts__in=_current(period)).order_by("number"))


def billed_by_period(keys: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return what today's bills of each period sum to, by currency; one query for a whole list."""
    parts = _rows("BatchPart").current().filter(period__in=keys)
    totals = _rows("PartTotal").filter(part__in=parts).order_by()
    found: dict[UUID, dict[str, int]] = {key: {} for key in keys}
    for row in totals.values("part__period", "currency").annotate(sum=ExactSum("billed")):
        found[row["part__period"]][row["currency"]] = row["sum"]
    return found


def invoiced(parts: Any) -> dict[UUID, dict[str, dict[str, int]]]:
    """Return what ``parts`` are billed, by period, currency and invoice; "" for no invoice named.

    In two queries, of the totals that were taken as each file was read.
    """
    names = ("part__period", "currency")
    sums = _rows("PartTotal").filter(part__in=parts).order_by().values(*names)
    rows = _rows("InvoiceTotal").filter(part__in=parts).order_by("invoice")
    found: defaultdict[UUID, dict[str, dict[str, int]]] = defaultdict(dict)
    for row in sums.annotate(sum=ExactSum("billed")):
        found[row["part__period"]][row["currency"]] = {"": row["sum"]}
    for row in rows.values(*names, "invoice").annotate(sum=ExactSum("billed")):
        mine = found[row["part__period"]][row["currency"]]
        mine[row["invoice"]] = row["sum"]
        mine[""] -= row["sum"]
    return found


def adjustments_of(month: dt.date) -> Any:
    """Return the batches in which what moved of a closed month was booked."""
    rows = _rows("ImportBatch").filter(source__kind=SourceKind.MANUAL, source__issuer=ISSUER)
    booked = rows.exclude(state=BatchState.REFUSED).order_by("number")
    return booked.filter(file_name__startswith=name_start(month))


def later_runs(period: "BillingPeriod") -> list["AllocationRun"]:
    """Return the runs that were held against the closed money of this month, newest first.

    Those that were booked as an adjustment already, or have nothing to book, are left out.
    """
    month = _month(period)
    kept = {issuer: str(key) for issuer, key in closed_on(month).items()}
    if period.state != PeriodState.CLOSED or not kept:
        return []
    booked = {run_in(batch.file_name) for batch in adjustments_of(month)}
    rows = _rows("AllocationRun").filter(month=month, dry=False, state__in=HELD_AGAINST)
    found = rows.filter(inputs__kept=kept).order_by("-number")[:_SHOWN]
    return [row for row in found if row.number not in booked and (row.adjustment or booked)]


def dry_months() -> list[dt.date]:
    """Return the months that a dry run looks at: the last closed one and the latest with bills."""
    periods = _rows("BillingPeriod").order_by("-start")
    billed = periods.filter(parts__in=_rows("BatchPart").current())
    found = {
        _month(row)
        for row in (billed.filter(state=PeriodState.CLOSED).first(), billed.first())
        if row
    }
    return sorted(found)


def _current(period: "BillingPeriod") -> Any:
    return _rows("BatchPart").current().filter(period=period)


def _waiting(period: "BillingPeriod") -> tuple[str, ...]:
    """Return undecided deliveries that may still change the period; one has no parts yet."""
    rows = _rows("ImportBatch").filter(state__in=_UNDECIDED).select_related("source")
    parts = _rows("BatchPart").filter(period__issuer=period.issuer)
    sources = set(parts.values_list("batch__source", flat=True))
    found = [
        batch.public_id
        for batch in rows.order_by("number")
        if _touches(batch, period, known=batch.source_id in sources)
    ]
    return tuple(found[:_SHOWN])


def _touches(batch: Any, period: "BillingPeriod", *, known: bool) -> bool:
    """Whether the file speaks of the period; of one that is not read yet, whether it may."""
    moved = batch.facts.get("movements")
    if moved and batch.facts.get("code") != DATE_ORDER_NEEDED:
        return any(move["period"] == str(period) for move in moved)
    return known or batch.source.issuer in {"", period.issuer}


def _broken(run: "AllocationRun") -> tuple[str, ...]:
    failed = [check for check in run.invariants if check["blocks"] and check["holds"] is False]
    return tuple(check["title"] for check in failed)


def _sums(period: "BillingPeriod", run: "AllocationRun | None") -> tuple[Sums, ...]:
    """Return what this issuer's bills of the month sum to, and what the run charged of them.

    Charges know their issuer and their run's month; so do bills, whatever periods they are cut in.
    """
    months = {"period__issuer": period.issuer, "period__start__in": days_of(_month(period))}
    parts = _rows("BatchPart").current().filter(**months)
    totals = _rows("PartTotal").filter(part__in=parts).order_by().values("currency")
    billed = totals.annotate(
        lines=Sum("rows"), billed=ExactSum("billed"), effective=ExactSum("effective")
    )
    charged = _charged(period, run)
    known = {row["currency"]: row for row in billed}
    return tuple(
        Sums(
            currency=currency,
            rows=known.get(currency, {}).get("lines", 0),
            billed=known.get(currency, {}).get("billed", 0),
            effective=known.get(currency, {}).get("effective", 0),
            charged_billed=charged[currency][0],
            charged_effective=charged[currency][1],
        )
        for currency in sorted({*known, *charged})
    )


def _charged(
    period: "BillingPeriod", run: "AllocationRun | None"
) -> "defaultdict[str, tuple[int, int]]":
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    if run is not None:
        days = _rows("ChargeDay").filter(run=run, issuer=period.issuer).order_by()
        sums = days.values("currency").annotate(a=ExactSum("billed"), b=ExactSum("effective"))
        found.update({row["currency"]: (row["a"], row["b"]) for row in sums})
    return found


def _month(period: "BillingPeriod") -> dt.date:
    return period.start.replace(day=1)


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
