"""Pages of experiments: the list, planning one, what it showed."""

from collections.abc import Iterable, Iterator
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
from governance.costs.forms.experiments import (
    ConcludeForm,
    ExperimentFilter,
    ExperimentForm,
    LookForm,
    ObserveForm,
)
from governance.costs.models import Experiment
from governance.costs.presentation.value import experiment_facts, teams_of
from governance.costs.rules.experiments import design_of
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.forms.base import CatalogForm
from inventory.catalog.views.pages import SIZE, form_page, sent

ORDER = ("-number",)
_COLUMNS = ("Number", "Name", "Model", "Team", "Starts", "Ended", "Looks", "Effect", "Low", "High")
_SHOWN = ("model__team", "version", "created_by")


@require_safe
def experiment_list(request: ActorRequest) -> HttpResponseBase:
    visible = Experiment.objects.visible_to(request.actor)
    form = ExperimentFilter(request.GET, teams=teams_of(visible, "model__team_id"))
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).select_related(*_SHOWN)
    if request.GET.get("format") == "csv":
        return csv_response("experiments.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    may_register = can(request.actor, Permission.BENEFIT_CLAIM)
    context = {"page": page, "filter": form, "may_register": may_register}
    return render(request, "costs/experiment_list.html", context)


def experiment_register(request: ActorRequest) -> HttpResponse:
    initial = {"model": request.GET.get("model", "")}
    form = ExperimentForm(*sent(request), actor=request.actor, initial=initial)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.register_experiment(
                actor=request.actor,
                model_id=form.cleaned_data["model"].pk,
                fields=form.values(),
            )
        )
        if row is not None:
            messages.success(request, f"{row.public_id} is registered; its plan stands from now.")
            return redirect("costs:experiment-detail", row.pk)
    return form_page(request, "costs/experiment_form.html", form)


@require_safe
def experiment_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk)


@require_POST
def experiment_look(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = LookForm(request.POST, actor=request.actor)
    done = form.carried_out(
        lambda: costs.record_look(
            actor=request.actor, experiment_id=pk, note=form.cleaned_data["note"]
        )
    )
    return _detail(request, pk, look=form) if done is None else _back(request, pk, "Recorded.")


@require_POST
def experiment_observe(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = Experiment.objects.get_visible(request.actor, pk)
    form = _observing(request, row, request.POST)
    done = form.carried_out(
        lambda: costs.observe_experiment(
            actor=request.actor, experiment_id=pk, observed=form.observed()
        )
    )
    return _detail(request, pk, observe=form) if done is None else _back(request, pk, "Saved.")


@require_POST
def experiment_conclude(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ConcludeForm(request.POST, actor=request.actor)
    done = form.carried_out(
        lambda: costs.conclude_experiment(
            actor=request.actor, experiment_id=pk, ended_on=form.cleaned_data["ended_on"]
        )
    )
    if done is None:
        return _detail(request, pk, conclude=form)
    return _back(request, pk, "Concluded; the result is frozen.")


def _detail(request: ActorRequest, pk: UUID, **answered: CatalogForm) -> HttpResponse:
    """Show the experiment; a form that was refused comes with everything typed kept."""
    row = Experiment.objects.select_related(*_SHOWN).get_visible(request.actor, pk)
    may_run = row.concluded_at is None and can(request.actor, Permission.BENEFIT_CLAIM, row)
    context: dict[str, Any] = {"row": row, "may_run": may_run, **experiment_facts(row)}
    if may_run:
        context |= {
            "look": LookForm(actor=request.actor),
            "observe": _observing(request, row),
            "conclude": ConcludeForm(actor=request.actor),
        }
    status = 422 if answered else 200
    return render(request, "costs/experiment_detail.html", context | answered, status=status)


def _observing(request: ActorRequest, row: Experiment, data: Any = None) -> ObserveForm:
    known = row.observed.get("arms", {})
    return ObserveForm(data, actor=request.actor, design=design_of(row.design), known=known)


def _back(request: ActorRequest, pk: UUID, told: str) -> HttpResponse:
    messages.success(request, told)
    return redirect("costs:experiment-detail", pk)


def _csv(rows: Iterable[Experiment]) -> Iterator[list[Any]]:
    for row in rows:
        named = (row.public_id, row.name, row.model.name, row.model.team.name)
        result = row.result or {}
        showed = (result.get(name) for name in ("effect", "low", "high"))
        yield [*named, row.started_on, row.ended_on, row.looks, *showed]
