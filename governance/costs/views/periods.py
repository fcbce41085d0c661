"""Pages of billing periods: the list with each gap, and one period with its checks and forms."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.periods import (
    AskForm,
    CloseForm,
    GrantForm,
    InvoiceForm,
    PeriodFilter,
    RefuseForm,
)
from governance.costs.kinds import PeriodState
from governance.costs.models import BillingPeriod
from governance.costs.querysets.closing import (
    adjustments_of,
    billed_by_period,
    later_runs,
    speaking_run,
    standing_of,
)
from governance.costs.rules.closing import faults, of_the_run
from governance.costs.rules.invoices import reason_needed, totals
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import printed, text_or_none, to_text
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.forms.base import CatalogForm
from inventory.catalog.views.pages import SIZE

ORDER = ("-start", "issuer", "id")
_COLUMNS = ("Issuer", "From", "Before", "State", "Billed", "Currency", "Invoice", "Gap", "Closed")
_PEOPLE = ("closed_by", "reopen_asked_by", "reopened_by", "run")


@require_safe
def period_list(request: ActorRequest) -> HttpResponseBase:
    visible = BillingPeriod.objects.visible_to(request.actor)
    form = PeriodFilter(request.GET, issuers=visible.issuers())
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).select_related("closed_by", "reopen_asked_by")
    if request.GET.get("format") == "csv":
        return csv_response("billing-periods.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    shown = [
        (row, _printed(billed), _printed(totals(row.invoices)), _gap_words(row, billed))
        for row, billed in _billed(page.items)
    ]
    context = {"page": page, "rows": shown, "filter": form}
    return render(request, "costs/period_list.html", context)


@require_safe
def period_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk)


@require_safe
def period_live(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    response = render(request, "costs/_period_live.html", context)
    if context["final"] is None:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def period_invoice(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = InvoiceForm(request.POST, actor=request.actor)
    chosen: dict[str, Any] = {"actor": request.actor, "period_id": pk}
    done = form.carried_out(
        lambda: costs.record_invoice(
            **chosen, **form.chosen("total", "currency"), invoice=form.cleaned_data["number"]
        )
    )
    return _answer(request, pk, done, "The invoice's total is recorded.", invoice=form)


def period_close(request: ActorRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect("costs:period-detail", pk)
    form = CloseForm(request.POST, actor=request.actor)
    chosen: dict[str, Any] = {"actor": request.actor, "period_id": pk}
    done = form.carried_out(lambda: costs.close_period(**chosen, **form.chosen("reason")))
    told = "The period is closed."
    if done is not None and done.state == PeriodState.CLOSING:
        told = "A worker computes the final run; the period closes on it by itself."
    return _answer(request, pk, done, told, close=form)


@require_POST
def period_reopen(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = AskForm(request.POST, actor=request.actor)
    chosen: dict[str, Any] = {"actor": request.actor, "period_id": pk}
    done = form.carried_out(
        lambda: costs.ask_reopening(**chosen, **form.chosen("reason", "evidence"))
    )
    return _answer(request, pk, done, "Asked; somebody else has to grant it.", ask=form)


@require_POST
@sensitive_post_parameters("password")
def period_grant(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = GrantForm(request.POST, actor=request.actor)
    done = form.signed(
        lambda: costs.grant_reopening(
            actor=request.actor,
            period_id=pk,
            proof=prove(request, request.actor, form.cleaned_data["password"]),
        )
    )
    return _answer(request, pk, done, "The period is open again.", grant=form)


@require_POST
def period_refuse(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = RefuseForm(request.POST, actor=request.actor)
    done = form.carried_out(
        lambda: costs.refuse_reopening(
            actor=request.actor, period_id=pk, reason=form.cleaned_data["why"]
        )
    )
    return _answer(request, pk, done, "The period stays closed.", refuse=form)


@require_POST
def period_adjust(request: ActorRequest, pk: UUID, run_pk: UUID) -> HttpResponse:
    done = costs.adjust_period(actor=request.actor, period_id=pk, run_id=run_pk)
    told = f"Booked as {done.row.public_id}; it counts once it is read and the month is run."
    messages.success(request, told)
    return redirect("costs:period-detail", pk)


def _answer(
    request: ActorRequest, pk: UUID, done: object, told: str, **forms: CatalogForm
) -> HttpResponse:
    if done is None:
        return _detail(request, pk, **forms)
    messages.success(request, told)
    return redirect("costs:period-detail", pk)


def _detail(request: ActorRequest, pk: UUID, **forms: CatalogForm) -> HttpResponse:
    context = _context(request, pk, **forms)
    return render(request, "costs/period_detail.html", context, status=422 if forms else 200)


def _context(request: ActorRequest, pk: UUID, **forms: CatalogForm) -> dict[str, Any]:
    rows = BillingPeriod.objects.select_related(*_PEOPLE)
    row = rows.get_visible(request.actor, pk)
    standing = standing_of(row, timezone.localdate())
    found = faults(standing) if row.state == PeriodState.OPEN else []
    may_close = can_everywhere(request.actor, Permission.COST_PERIOD_CLOSE)
    return {
        "row": row,
        "standing": standing,
        "run": speaking_run(row),
        "final": row.run if row.state == PeriodState.CLOSING else None,
        "later": later_runs(row),
        "adjusted": adjustments_of(row.start.replace(day=1)),
        "sums": [_sum_words(sums) for sums in standing.sums],
        "faults": found,
        "final_run": of_the_run(found),
        "reason_needed": reason_needed(standing.invoices),
        "invoices": [one.to_json() for one in standing.invoices],
        "may_close": may_close and row.state == PeriodState.OPEN,
        "may_adjust": may_close,
        **_reopening(request, row),
        **_forms(request, forms),
    }


def _reopening(request: ActorRequest, row: BillingPeriod) -> dict[str, bool]:
    holds = can_everywhere(request.actor, Permission.COST_PERIOD_REOPEN)
    asked = row.reopen_asked_by_id is not None
    closed = row.state == PeriodState.CLOSED and holds
    own = row.reopen_asked_by_id == request.actor.id
    return {
        "may_ask": closed and not asked,
        "may_grant": closed and asked and not own,
        "may_refuse": closed and asked,
    }


def _forms(request: ActorRequest, bound: dict[str, CatalogForm]) -> dict[str, CatalogForm]:
    blank: dict[str, Callable[[], CatalogForm]] = {
        "invoice": lambda: InvoiceForm(actor=request.actor),
        "close": lambda: CloseForm(actor=request.actor),
        "ask": lambda: AskForm(actor=request.actor),
        "grant": lambda: GrantForm(actor=request.actor),
        "refuse": lambda: RefuseForm(actor=request.actor),
    }
    return {name: bound.get(name) or make() for name, make in blank.items()}


def _billed(rows: Iterable[BillingPeriod]) -> list[tuple[BillingPeriod, dict[str, int]]]:
    found = list(rows)
    billed = billed_by_period([row.pk for row in found])
    return [(row, billed[row.pk]) for row in found]


def _printed(billed: dict[str, int]) -> list[str]:
    return [f"{printed(units, currency)} {currency}" for currency, units in sorted(billed.items())]


def _gaps(row: BillingPeriod, billed: dict[str, int]) -> dict[str, int]:
    """Invoices less bill of each currency whose invoices are known."""
    return {name: units - billed.get(name, 0) for name, units in totals(row.invoices).items()}


def _gap_words(row: BillingPeriod, billed: dict[str, int]) -> list[tuple[str, bool]]:
    """Each gap to the last digit, and whether there is none: a part of a cent is one."""
    gaps = sorted(_gaps(row, billed).items())
    return [(f"{to_text(units)} {currency}", not units) for currency, units in gaps]


def _sum_words(sums: Any) -> dict[str, Any]:
    names = ("billed", "effective", "charged_billed", "charged_effective")
    exact = {name: to_text(getattr(sums, name)) for name in names}
    return {"currency": sums.currency, "rows": sums.rows, "is_whole": sums.is_whole, **exact}


def _csv(rows: Iterable[BillingPeriod]) -> Iterator[list[Any]]:
    for row, billed in _billed(rows):
        about = (row.issuer, row.start.isoformat(), row.end.isoformat(), row.get_state_display())
        closed = row.closed_at.isoformat() if row.closed_at else ""
        stated, gaps = totals(row.invoices), _gaps(row, billed)
        for currency in sorted({*billed, *stated}) or [""]:
            sums = (found.get(currency) for found in (stated, gaps))
            known = [text_or_none(units) for units in sums]
            yield [*about, to_text(billed.get(currency, 0)), currency, *known, closed]
