"""Pages of delivered bills: the list, sending one, and watching what becomes of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.bills import (
    BILL_ACCEPT,
    AcceptForm,
    AnswerForm,
    BatchFilter,
    BatchForm,
)
from governance.costs.models import CostSource, ImportBatch, RejectedRow
from governance.costs.presentation import batches as shown
from governance.costs.querysets.replacing import replaced_by
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.forms.base import CatalogForm
from inventory.catalog.views.pages import SIZE, form_page, sent

ORDER = ("-received_at", "-id")
_COLUMNS = ("Batch", "Source", "File", "State", "Read", "Accepted", "Rejected", "Received", "By")
_REJECTED = ("Line", "Codes", "Why", "Billed", "Currency", "Row as delivered")
_FEW = 20


@require_safe
def batch_list(request: ActorRequest) -> HttpResponseBase:
    visible = ImportBatch.objects.visible_to(request.actor)
    form = BatchFilter(request.GET, sources=CostSource.objects.visible_to(request.actor))
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).with_people()
    if request.GET.get("format") == "csv":
        return csv_response("batches.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"page": page, "filter": form, "may_import": _may_import(request)}
    return render(request, "costs/batch_list.html", context)


def batch_upload(request: ActorRequest) -> HttpResponse:
    form = BatchForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        received = form.carried_out(lambda: _receive(request, form))
        if received is not None:
            if not received.fresh:
                said = f"{received.row.received_at:%d %B %Y}"
                told = f"Already imported on {said} as batch {received.row.public_id}."
                messages.info(request, told)
            return redirect("costs:batch-detail", received.row.pk)
    sources = CostSource.objects.visible_to(request.actor)
    return form_page(request, "costs/batch_upload.html", form, accept=BILL_ACCEPT, sources=sources)


@require_safe
def batch_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return render(request, "costs/batch_detail.html", _context(request, pk))


@require_safe
def batch_live(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Answer the page's question how far it is; once it is over the page reads itself anew."""
    context = _context(request, pk)
    response = render(request, "costs/_batch_live.html", context)
    if not context["batch"].is_under_way and request.htmx:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def batch_rejected(request: ActorRequest, pk: UUID) -> HttpResponseBase:
    """The rows that were not taken, all of them: a page, or a CSV file for people."""
    batch = ImportBatch.objects.select_related("source").get_visible(request.actor, pk)
    rows = RejectedRow.objects.filter(batch=batch)
    order = ("line_no",)
    if request.GET.get("format") == "csv":
        name = f"{batch.public_id}-rejected.csv"
        return csv_response(name, _REJECTED, _csv_rejected(every(rows, order=order)))
    page = keyset_page(rows, order=order, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"batch": batch, "page": page, "rows": shown.rejected(page.items)}
    return render(request, "costs/batch_rejected.html", context)


@require_POST
@sensitive_post_parameters("password")
def batch_accept(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = AcceptForm(*sent(request), actor=request.actor)
    row = form.signed(
        lambda: costs.accept_batch(
            actor=request.actor,
            batch_id=pk,
            reason=form.cleaned_data["reason"],
            proof=prove(request, request.actor, form.cleaned_data["password"]),
        )
    )
    return _answered(request, pk, row, "is read again and will count", accept=form)


@require_POST
def batch_dates(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = costs.order_dates(actor=request.actor, batch_id=pk, order=request.POST.get("order", ""))
    messages.success(request, f"{row.public_id} is read again, its dates in that order.")
    return redirect("costs:batch-detail", row.pk)


@require_POST
def batch_refuse(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _answer(request, pk, costs.refuse_batch, "is refused")


@require_POST
def batch_repeat(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _answer(request, pk, costs.repeat_batch, "is read and will count again")


@require_POST
def batch_reread(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = costs.reread_batch(actor=request.actor, batch_id=pk)
    messages.success(request, f"{row.public_id} is read again.")
    return redirect("costs:batch-detail", row.pk)


def _answer(
    request: ActorRequest, pk: UUID, command: Callable[..., ImportBatch], said: str
) -> HttpResponse:
    form = AnswerForm(*sent(request), actor=request.actor)
    row = form.carried_out(
        lambda: command(actor=request.actor, batch_id=pk, reason=form.cleaned_data["reason"])
    )
    return _answered(request, pk, row, said, answer=form)


def _answered(
    request: ActorRequest, pk: UUID, row: ImportBatch | None, said: str, **forms: CatalogForm
) -> HttpResponse:
    if row is None:
        context = _context(request, pk) | forms
        return render(request, "costs/batch_detail.html", context, status=422)
    messages.success(request, f"{row.public_id} {said}.")
    return redirect("costs:batch-detail", row.pk)


def _receive(request: ActorRequest, form: BatchForm) -> costs.ReceivedBatch:
    given = form.cleaned_data
    return costs.receive_batch(
        actor=request.actor,
        source_id=given["source"].pk,
        upload=given["file"],
        sha256=given["sha256"],
    )


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    rows = ImportBatch.objects.with_people().select_related("again_of")
    batch = rows.get_visible(request.actor, pk)
    return {
        "batch": batch,
        "source": batch.source,
        "totals": shown.totals(batch),
        "movements": shown.movements(batch),
        "replaced": replaced_by(batch),
        "again": shown.moves_again(batch),
        "refused": shown.refused(batch),
        "rejected": shown.rejected(
            RejectedRow.objects.filter(batch=batch).order_by("line_no")[:_FEW]
        ),
        "detected": shown.detected(batch),
        "may_import": _may_import(request),
        "may_accept": _may_import(request) and batch.received_by_id != request.actor.id,
        "answer": AnswerForm(actor=request.actor),
        "accept": AcceptForm(actor=request.actor),
        "orders": shown.date_orders(batch),
    }


def _may_import(request: ActorRequest) -> bool:
    return can_everywhere(request.actor, Permission.COST_IMPORT)


def _csv(rows: Iterable[ImportBatch]) -> Iterator[list[Any]]:
    for row in rows:
        counts = (row.rows_read, row.rows_accepted, row.rows_rejected)
        named = (row.public_id, row.source.name, row.file_name, row.get_state_display())
        yield [*named, *counts, row.received_at.isoformat(), row.received_by.name]


def _csv_rejected(rows: Iterable[RejectedRow]) -> Iterator[list[Any]]:
    for row in rows:
        billed = "" if row.billed is None else to_text(row.billed)
        yield [row.line_no, " ".join(row.codes), row.message, billed, row.currency, row.raw]
