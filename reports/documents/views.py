"""Pages of the report library and of verification."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.rest.etags import repr_digest
from governance.kernel.rest.paging import keyset_page
from reports.documents import commands, files, readings
from reports.documents.forms import CostReportForm, RecallForm, ReportFilter, VerifyForm
from reports.documents.models import Report
from reports.documents.rules import first_day
from reports.documents.verification import standing_of, verify_report

PAGE = 50


@require_GET
def report_list(request: ActorRequest) -> HttpResponse:
    form = ReportFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = readings.listed(request.actor, q=chosen.get("q", ""), state=chosen.get("state", ""))
    page = keyset_page(
        rows.select_related("case", "cost_run"),
        order=readings.ORDER,
        size=PAGE,
        cursor=request.GET.get("cursor"),
    )
    may = can(request.actor, Permission.COST_REPORT_REQUEST)
    context = {"page": page, "filter": form, "may_report_costs": may}
    return render(request, "documents/report_list.html", context)


@require_GET
def report_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return render(request, "documents/report_detail.html", _detail(request, pk))


@require_GET
def report_live(request: ActorRequest, pk: UUID) -> HttpResponse:
    """The part of the page that changes; once the report is made the page reads itself anew."""
    context = _detail(request, pk)
    response = render(request, "documents/_live.html", context)
    if not context["making"] and request.htmx:
        response["HX-Refresh"] = "true"
    return response


@require_GET
def report_content(request: ActorRequest, pk: UUID) -> HttpResponse:
    """The same frozen content as a page, by the same templates that the PDF is made from."""
    report = readings.for_page(request.actor, pk)
    body = files.read_page(report.content_digest) if report.content else None
    if body is None:
        return redirect("documents:report-detail", pk=pk)
    context = {"report": report, "body": mark_safe(body)}  # noqa: S308 - drawn by us, escaped there
    return render(request, "documents/report_content.html", context)


@require_GET
def report_download(request: ActorRequest, pk: UUID) -> HttpResponse:
    report = commands.record_download(actor=request.actor, report_id=pk)
    response = HttpResponse(files.read(report.digest), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{report.public_id}.pdf"'
    response["Repr-Digest"] = repr_digest(report.digest)
    return response


@require_POST
def report_recall(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = RecallForm(request.POST)
    if not form.is_valid():
        context = {**_detail(request, pk), "recall": form}
        return render(request, "documents/report_detail.html", context, status=422)
    commands.recall_report(actor=request.actor, report_id=pk, reason=form.cleaned_data["reason"])
    messages.success(request, "Recalled. Every later verification says so.")
    return redirect("documents:report-detail", pk=pk)


@require_POST
def report_request(request: ActorRequest, case_pk: UUID) -> HttpResponse:
    report = commands.request_report(actor=request.actor, case_id=case_pk)
    return redirect("documents:report-detail", pk=report.pk)


@require_http_methods(["GET", "POST"])
def cost_report_request(request: ActorRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else None
    form = CostReportForm(given, readings.cost_choices(request.actor))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "documents/cost_report.html", {"form": form}, status=status)
    asked = form.cleaned_data
    report = commands.request_cost_report(
        actor=request.actor,
        month=first_day(asked["month"]),
        currency=asked["currency"],
        team_id=UUID(asked["team"]) if asked["team"] else None,
    )
    return redirect("documents:report-detail", pk=report.pk)


@csrf_protect
@require_http_methods(["GET", "POST"])
def report_verify(request: ActorRequest) -> HttpResponse:
    """Public: drop a file, or come with the short code of the QR code."""
    given = request.POST if request.method == "POST" else request.GET or None
    form = VerifyForm(given, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if form.is_bound and form.is_valid():
        context |= _verified(form)
    elif form.is_bound and request.method == "POST":
        status = 422
    return render(request, "documents/report_verify.html", context, status=status)


@require_GET
def report_verify_code(request: ActorRequest, code: str) -> HttpResponse:
    """Public: where the QR code on a first page leads."""
    context = {"form": VerifyForm(), **_looked_up(code)}
    status = 200 if context["known"] else 404
    return render(request, "documents/report_verify.html", context, status=status)


def _verified(form: VerifyForm) -> dict[str, Any]:
    if file := form.cleaned_data["file"]:
        return {"found": verify_report(file.read()).facts()}
    return _looked_up(form.cleaned_data["code"])


def _looked_up(code: str) -> dict[str, Any]:
    report = readings.by_short_code(code)
    return {"looked_up": True, "known": report, "standing": standing_of(report) if report else None}


@require_GET
def version_reports(request: ActorRequest, pk: UUID) -> HttpResponse:
    rows = readings.listed(request.actor).filter(case__version_id=pk)
    return render(request, "documents/_reports.html", {"reports": rows.order_by(*readings.ORDER)})


@require_GET
def case_reports(request: ActorRequest, pk: UUID) -> HttpResponse:
    rows = readings.listed(request.actor).filter(case_id=pk)
    return render(request, "documents/_reports.html", {"reports": rows.order_by(*readings.ORDER)})


def _detail(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    report: Report = readings.for_page(request.actor, pk)
    return {
        "report": report,
        "version": report.case.version if report.case else None,
        "making": report.state in {"requested", "frozen"},
        "standing": standing_of(report) if report.issued_seq else None,
        "recall": RecallForm(),
        "may_recall": can(request.actor, Permission.REPORT_RECALL, report),
    }
