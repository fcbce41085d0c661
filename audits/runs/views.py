"""Pages of runs: the list, asking for one, watching it, reading what it found."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audits.runs import commands as runs
from audits.runs import presentation
from audits.runs.filters import RunFilter, filtered
from audits.runs.forms import RunRequestForm
from audits.runs.models import AuditRun, CheckRun
from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import DomainError
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.models import DatasetVersion, ModelVersion

SIZE = 50
ORDER = ("-requested_at", "-id")
_COLUMNS = ("Run", "Model", "Version", "State", "Verdict", "Tier", "Requested", "Finished")


@require_safe
def run_list(request: ActorRequest) -> HttpResponseBase:
    form = RunFilter(request.GET)
    form.is_valid()
    rows = filtered(AuditRun.objects.visible_to(request.actor), form.cleaned_data).with_subject()
    if request.GET.get("format") == "csv":
        return csv_response("runs.csv", _COLUMNS, map(_csv_row, every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    return render(request, "runs/run_list.html", {"page": page, "filter": form})


def run_request(request: ActorRequest, pk: UUID) -> HttpResponse:
    versions = ModelVersion.objects.select_related("model__use_case", "artifact")
    version = versions.get_visible(request.actor, pk)
    chosen = request.POST or (request.GET if "reference" in request.GET else None)
    form = RunRequestForm(chosen, actor=request.actor, version=version)
    context: dict[str, Any] = {"form": form, "version": version}
    try:
        if form.is_bound and form.is_valid():
            context["planned"] = _planned(form, version)
            if request.method == "POST":
                return redirect("runs:run-detail", _request(form, version, request).pk)
    except DomainError as error:
        _tell(form, error)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "runs/run_request.html", context, status=status)


@require_safe
def run_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _run_context(request, pk)
    return render(request, "runs/run_detail.html", context)


@require_safe
def run_live(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Answer the page's question how far the run is; once it is over the page reads itself anew."""
    context = _run_context(request, pk)
    response = render(request, "runs/_live.html", context)
    if not context["run"].is_open and request.htmx:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def run_plan(request: ActorRequest, pk: UUID) -> HttpResponse:
    run = AuditRun.objects.with_subject().get_visible(request.actor, pk)
    context = {"run": run, "tabs": _tabs(run), **presentation.plan_facts(run)}
    return render(request, "runs/run_plan.html", context)


@require_safe
def run_log(request: ActorRequest, pk: UUID) -> HttpResponse:
    run = AuditRun.objects.with_subject().get_visible(request.actor, pk)
    context = {"run": run, "tabs": _tabs(run), "lines": run.log.all()}
    return render(request, "runs/run_log.html", context)


@require_POST
def run_cancel(request: ActorRequest, pk: UUID) -> HttpResponse:
    run = runs.cancel_run(actor=request.actor, run_id=pk)
    said = "is cancelled" if not run.is_open else "is being stopped"
    messages.success(request, f"{run.public_id} {said}.")
    return redirect("runs:run-detail", run.pk)


@require_safe
def run_outcomes(request: ActorRequest, pk: UUID) -> JsonResponse:
    """Hand out all outcomes of a run as one file."""
    run = AuditRun.objects.get_visible(request.actor, pk)
    return _download(presentation.outcome_file(run, list(run.checks.all())), run.public_id)


@require_safe
def check_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    check = CheckRun.objects.select_related("run__version__model").get_visible(request.actor, pk)
    others = list(CheckRun.objects.filter(run=check.run).only("id", "number", "position", "title"))
    rows = presentation.measure_rows(check.outcome) if check.outcome else []
    context = {
        "check": check,
        "run": check.run,
        "rows": presentation.judged_first(rows),
        "before": next((c for c in others if c.position == check.position - 1), None),
        "after": next((c for c in others if c.position == check.position + 1), None),
    }
    return render(request, "runs/check_detail.html", context)


@require_safe
def check_outcome(request: ActorRequest, pk: UUID) -> JsonResponse:
    """Hand out one outcome exactly as its digest was taken."""
    check = CheckRun.objects.get_visible(request.actor, pk)
    return _download(check.outcome or {}, check.public_id)


@require_safe
def version_runs(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Show a version's runs: a tab of its page with htmx, a page of its own without."""
    version = ModelVersion.objects.select_related("model").get_visible(request.actor, pk)
    rows = AuditRun.objects.visible_to(request.actor).filter(version=version).with_subject()
    context = {
        "version": version,
        "runs": rows.order_by(*ORDER)[:SIZE],
        "may_request": can(request.actor, Permission.RUN_REQUEST, version),
    }
    part = "runs/_version_runs.html" if request.htmx else "runs/version_runs.html"
    return render(request, part, context)


def _run_context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    run = AuditRun.objects.with_subject().get_visible(request.actor, pk)
    checks = list(run.checks.all())
    return {
        "run": run,
        "checks": checks,
        "progress": presentation.progress_of(checks, timezone.now()),
        "tally": presentation.tally(checks),
        "tabs": _tabs(run),
        "may_cancel": run.is_open and can(request.actor, Permission.RUN_CANCEL, run),
        "may_request": can(request.actor, Permission.RUN_REQUEST, run.version),
    }


def _tabs(run: AuditRun) -> list[dict[str, str]]:
    named = (("Checks", "runs:run-detail"), ("Plan", "runs:run-plan"), ("Log", "runs:run-log"))
    return [{"label": label, "url": reverse(name, args=[run.pk])} for label, name in named]


def _chosen(form: RunRequestForm) -> tuple[DatasetVersion, DatasetVersion]:
    known = {row.pk: row for row in form.versions}
    return known[form.cleaned_data["reference"]], known[form.cleaned_data["current"]]


def _planned(form: RunRequestForm, version: ModelVersion) -> dict[str, Any]:
    reference, current = _chosen(form)
    planned = runs.plan_run(version=version, reference=reference, current=current)
    checks = presentation.planned_checks(planned.plan, planned.policy)
    return {"found": planned, "checks": checks, "tier": planned.policy.tier(planned.tiering.tier)}


def _request(form: RunRequestForm, version: ModelVersion, request: ActorRequest) -> AuditRun:
    reference, current = _chosen(form)
    return runs.request_run(
        actor=request.actor,
        version_id=version.pk,
        reference_id=reference.pk,
        current_id=current.pk,
    )


def _tell(form: RunRequestForm, error: DomainError) -> None:
    named = {name: why for name, why in error.errors.items() if name in form.fields}
    for name, reasons in named.items():
        for reason in reasons:
            form.add_error(name, reason)
    if not named:
        form.add_error(None, error.message)


def _csv_row(run: AuditRun) -> list[Any]:
    return [
        run.public_id,
        run.version.model.name,
        run.version.number,
        run.get_state_display(),
        run.verdict,
        run.tier,
        run.requested_at.isoformat(),
        run.finished_at.isoformat() if run.finished_at else "",
    ]


def _download(body: dict[str, Any], name: str) -> JsonResponse:
    response = JsonResponse(body)
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
