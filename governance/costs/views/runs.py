"""Pages of runs: the list, one run while it works and after, what it moved, letting it speak."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.runs import RunFilter, RunForm
from governance.costs.kinds import Basis, CostRunState
from governance.costs.models import AllocationRun, BatchPart
from governance.costs.presentation import runs as shown
from governance.costs.views.exports import exported
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page

SIZE = 50
ORDER = ("-requested_at", "-id")
_BESIDE = ("ruleset", "supersedes", "requested_by")


@require_safe
def run_list(request: ActorRequest) -> HttpResponseBase:
    form = RunFilter(request.GET)
    form.is_valid()
    visible = AllocationRun.objects.visible_to(request.actor).briefly()
    rows = visible.narrowed(form.cleaned_data).select_related("ruleset", "requested_by")
    if request.GET.get("format") == "csv":
        whole = every(rows.select_related(*_BESIDE), order=ORDER)
        return csv_response("runs.csv", shown.RUN_COLUMNS, shown.run_rows(whole))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    context: dict[str, Any] = {"page": page, "filter": form}
    if can_everywhere(request.actor, Permission.COST_ALLOCATE):
        context["form"] = RunForm(months=BatchPart.objects.months())
    return render(request, "costs/run_list.html", context)


@require_POST
def run_request(request: ActorRequest) -> HttpResponse:
    form = RunForm(request.POST, months=BatchPart.objects.months())
    if not form.is_valid():
        messages.error(request, "Choose a month that has accepted bills.")
        return redirect("costs:run-list")
    run = costs.request_run(actor=request.actor, month=form.cleaned_data["month"])
    return redirect("costs:run-detail", run.pk)


@require_safe
def run_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    return render(request, "costs/run_detail.html", context | exported(context["run"]))


@require_safe
def run_live(request: ActorRequest, pk: UUID) -> HttpResponse:
    """The part of the page that follows the work."""
    return render(request, "costs/_run_live.html", _context(request, pk))


@require_POST
def run_publish(request: ActorRequest, pk: UUID) -> HttpResponse:
    seen = request.POST.get("result_digest", "")
    run = costs.publish_run(actor=request.actor, run_id=pk, seen=seen)
    messages.success(request, f"{run.public_id} speaks for {run.month:%B %Y} now.")
    return redirect("costs:run-detail", pk)


@require_safe
def run_diff(request: ActorRequest, pk: UUID) -> HttpResponseBase:
    run = AllocationRun.objects.select_related(*_BESIDE).get_visible(request.actor, pk)
    if request.GET.get("format") == "csv":
        name = f"{run.public_id}-differences.csv"
        return csv_response(name, shown.DIFF_COLUMNS, shown.difference_rows(run))
    asked = request.GET.get("basis")
    basis = asked if asked in Basis.values else Basis.EFFECTIVE.value
    context = {"run": run, "basis": basis, "bases": Basis.choices}
    context |= shown.shown_difference(run, basis)
    return render(request, "costs/run_diff.html", context)


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    run = AllocationRun.objects.select_related(*_BESIDE).get_visible(request.actor, pk)
    found = shown.shown_run(run)
    computed = run.state == CostRunState.COMPUTED and not run.dry and found["publishable"]
    may_publish = computed and can_everywhere(request.actor, Permission.COST_ALLOCATE)
    return {"run": run, "may_publish": may_publish, **found}
