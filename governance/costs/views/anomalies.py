"""Pages of days that stand out: the list, and one with its chart and answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.plans import AnomalyFilter, AnswerForm
from governance.costs.models import CostAnomaly, Target
from governance.costs.presentation import plans
from governance.costs.querysets import series
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, team_choices

ORDER = ("-day", "-id")


@require_safe
def anomaly_list(request: ActorRequest) -> HttpResponseBase:
    targets = Target.objects.visible_to(request.actor)
    form = AnomalyFilter(request.GET, teams=team_choices(targets))
    form.is_valid()
    visible = CostAnomaly.objects.visible_to(request.actor)
    rows = visible.narrowed(form.cleaned_data).select_related("target")
    if request.GET.get("format") == "csv":
        shown = plans.anomaly_rows(every(rows, order=ORDER))
        return csv_response("cost-anomalies.csv", plans.ANOMALY_COLUMNS, shown)
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    return render(request, "costs/anomaly_list.html", {"page": page, "filter": form})


@require_safe
def anomaly_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    return render(request, "costs/anomaly_detail.html", context)


@require_POST
def anomaly_answer(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Record an answer; whatever is refused, what was typed is kept on the page."""
    form = AnswerForm(request.POST, actor=request.actor)
    done = form.carried_out(
        lambda: costs.answer_anomaly(
            actor=request.actor, anomaly_id=pk, **form.chosen("state", "explanation", "link")
        )
    )
    if done is None:
        context = _context(request, pk) | {"form": form}
        return render(request, "costs/anomaly_detail.html", context, status=422)
    messages.success(request, f"Recorded: {done.get_state_display().lower()}.")
    return redirect("costs:anomaly-detail", pk)


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    shown = ("target__team", "answered_by")
    row = CostAnomaly.objects.select_related(*shown).get_visible(request.actor, pk)
    history = series.daily(row.target).get(row.currency)
    return {
        "row": row,
        "figure": plans.anomaly_figure(row, history) if history else None,
        "may_answer": can(request.actor, Permission.COST_ANSWER, row),
        "form": AnswerForm(actor=request.actor),
    }
