"""A run's FOCUS file on its page: asked for, followed, taken away."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.kinds import CostRunState
from governance.costs.models import AllocationRun, FocusExport
from governance.costs.presentation.exports import file_answer


@require_safe
def run_export(request: ActorRequest, pk: UUID) -> HttpResponse:
    """The part of a run's page that follows its export."""
    run = AllocationRun.objects.get_visible(request.actor, pk)
    return render(request, "costs/_run_export.html", {"run": run, **exported(run)})


@require_POST
def run_export_request(request: ActorRequest, pk: UUID) -> HttpResponse:
    costs.request_export(actor=request.actor, run_id=pk)
    return redirect(f"{reverse('costs:run-detail', args=[pk])}#export")


@require_safe
def run_export_file(request: ActorRequest, pk: UUID) -> HttpResponseBase:
    export = FocusExport.objects.visible_to(request.actor).for_run(pk)
    return file_answer(costs.take_export(actor=request.actor, export_id=export.pk))


def exported(run: AllocationRun) -> dict[str, Any]:
    """Return what the panel of a run's export shows; without ``exports`` there is no panel."""
    export = FocusExport.objects.filter(run=run).select_related("run", "requested_by").first()
    return {"export": export, "exports": bool(export) or run.state == CostRunState.PUBLISHED}
