"""Pages of sources, of entries by hand, and of rates of exchange."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.bills import (
    ComputeRateForm,
    EntryFileForm,
    EntryForm,
    RateForm,
    SourceForm,
)
from governance.costs.models import ComputeRate, CostSource, FxRate
from governance.costs.presentation import rates
from governance.costs.rules.entries import COLUMNS
from governance.kernel import money
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, form_page, sent

_MOST_HOURS = 12
_BY_DAY = ("-day", "-id")
_TERMS = ("name", "kind", "issuer", "delivery", "date_order", "settlement_days")


@require_safe
def source_list(request: ActorRequest) -> HttpResponse:
    rows = CostSource.objects.visible_to(request.actor).select_related("owner")
    may = can_everywhere(request.actor, Permission.COST_IMPORT)
    return render(request, "costs/source_list.html", {"rows": rows, "may_import": may})


def source_create(request: ActorRequest) -> HttpResponse:
    form = SourceForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        row = form.carried_out(lambda: costs.create_source(actor=request.actor, fields=form.made()))
        if row is not None:
            messages.success(request, f"{row.name} is there; send its first bill.")
            return redirect("costs:batch-upload")
    return form_page(request, "costs/source_form.html", form)


def source_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = CostSource.objects.get_visible(request.actor, pk)
    form = SourceForm(*sent(request), actor=request.actor, initial=_terms(row))
    if request.method == "POST":
        saved = form.carried_out(
            lambda: costs.edit_source(actor=request.actor, source_id=pk, fields=form.made())
        )
        if saved is not None:
            messages.success(request, "Saved. It holds for what is read from now on.")
            return redirect("costs:source-list")
    return form_page(request, "costs/source_form.html", form, row=row)


def entry_create(request: ActorRequest) -> HttpResponse:
    """One entry by a form, or many by a file; the page says which rows cannot be taken."""
    by_file = request.method == "POST" and "file" in request.FILES
    data = sent(request)
    form = EntryForm(*((None, None) if by_file else data), actor=request.actor)
    files = EntryFileForm(*(data if by_file else (None, None)), actor=request.actor)
    if request.method == "POST":
        chosen: Any = files if by_file else form
        received = chosen.carried_out(lambda: _record(request, chosen))
        if received is not None:
            messages.success(request, f"Received as {received.row.public_id}.")
            return redirect("costs:batch-detail", received.row.pk)
    return form_page(request, "costs/entry_form.html", form, files=files, columns=COLUMNS)


@require_safe
def rate_list(request: ActorRequest) -> HttpResponseBase:
    rows = FxRate.objects.open_to(request.actor).select_related("recorded_by")
    if request.GET.get("format") == "csv":
        whole = every(rows, order=_BY_DAY)
        return csv_response("rates.csv", rates.COLUMNS, rates.rate_rows(whole))
    page = keyset_page(rows, order=_BY_DAY, size=SIZE, cursor=request.GET.get("cursor"))
    shown = [(row, money.to_text(row.rate)) for row in page.items]
    may = can_everywhere(request.actor, Permission.COST_IMPORT)
    hours = ComputeRate.objects.visible_to(request.actor).select_related("recorded_by")
    context = {"page": page, "rows": shown, "may_import": may}
    context["hours"] = hours.latest_first()[:_MOST_HOURS]
    return render(request, "costs/rate_list.html", context)


def compute_rate_record(request: ActorRequest) -> HttpResponse:
    form = ComputeRateForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.record_compute_rate(actor=request.actor, **form.cleaned_data)
        )
        if row is not None:
            messages.success(request, "Recorded. It prices checks from its day on.")
            return redirect("costs:rate-list")
    return form_page(request, "costs/compute_rate_form.html", form)


def rate_record(request: ActorRequest) -> HttpResponse:
    form = RateForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        done = form.carried_out(lambda: _rate(request, form))
        if done is not None:
            messages.success(request, "Recorded." if done else "This rate stands already.")
            return redirect("costs:rate-list")
    return form_page(request, "costs/rate_form.html", form)


def _record(request: ActorRequest, form: Any) -> costs.ReceivedBatch:
    rows = form.cleaned_data["file"] if isinstance(form, EntryFileForm) else form.rows()
    return costs.record_entries(actor=request.actor, rows=rows)


def _rate(request: ActorRequest, form: RateForm) -> list[FxRate]:
    given = form.cleaned_data
    codes = {name: given[name].upper() for name in ("base", "target")}
    fields = costs.RateFields(day=given["day"], rate=given["rate"], origin=given["origin"], **codes)
    return costs.record_rates(actor=request.actor, rates=[fields])


def _terms(row: CostSource) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in _TERMS}
    return told | {"floor": money.to_text(row.floor), "owner": row.owner_id}
