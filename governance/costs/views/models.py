"""What models cost and are worth: the table of all, and one of them.

The latter is a tab of the model's own page with htmx, a page of its own without.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.costs.filters.models import ModelFilter
from governance.costs.filters.money import SpanForm
from governance.costs.presentation import model_csv, money_csv, tables
from governance.costs.presentation.model_table import shown_rows
from governance.costs.presentation.restated import restated_in
from governance.costs.presentation.worth import readings, unit_figure
from governance.costs.querysets.model_money import (
    ModelMoney,
    model_money,
    priced_model,
    window,
)
from governance.costs.querysets.model_plans import model_plans
from governance.costs.querysets.model_table import (
    Asked,
    asked_of,
    caveats,
    listed_models,
    model_table,
)
from governance.costs.querysets.nobody import nobody
from governance.costs.querysets.published import published_months
from governance.costs.querysets.summary import Question
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.models import RegisteredModel, UseCase
from inventory.catalog.views.pages import MOST_OFFERED, order_of, place, team_choices

SIZE = 25
_AT_ONCE = 500  # models of a file that are read together
_SORTS: dict[str, tuple[str, ...]] = {"spent": ("size", "id"), "name": ("name", "id")}
_SORT = "-spent"

# Lists that the model's panels link to.
_PLACES = {
    "budgets_url": "costs:budget-list",
    "forecasts_url": "costs:forecast-list",
    "claims_url": "costs:claim-list",
    "experiments_url": "costs:experiment-list",
}


@require_safe
def model_list(request: ActorRequest) -> HttpResponseBase:
    """Show what each model and version cost, was planned, is expected and is said to return."""
    months = published_months()
    view, form = SpanForm(request.GET, months=months), _filter(request)
    context = {"view": view, "filter": form, "months": months, "sort": _SORT}
    if not months:
        return render(request, "costs/model_list.html", context)
    asked = asked_of(view.span, form.chosen.get("currency", ""))
    rows = listed_models(request.actor, asked, form.chosen)
    order = order_of(request, _SORTS, _SORT)
    if request.GET.get("format") == "csv":
        found = every(rows, order=order)
        return csv_response("models.csv", model_csv.COLUMNS, _csv(request, found, asked))
    page = keyset_page(rows, order=order, size=SIZE, cursor=request.GET.get("cursor"))
    shown = shown_rows(model_table(request.actor, page.items, asked), asked)
    context |= {"page": page, "rows": shown, "asked": asked, **_beside(request, asked)}
    return render(request, "costs/model_list.html", context)


def _filter(request: ActorRequest) -> ModelFilter:
    models = RegisteredModel.objects.reached_by(request.actor, Permission.COST_VIEW).order_by()
    named = UseCase.objects.filter(pk__in=models.values("use_case_id")).order_by("name")
    projects = [(str(key), name) for key, name in named.values_list("pk", "name")[:MOST_OFFERED]]
    return ModelFilter(request.GET, teams=team_choices(models), projects=projects)


def _csv(request: ActorRequest, models: Iterator[Any], asked: Asked) -> Iterator[list[Any]]:
    while some := list(islice(models, _AT_ONCE)):
        yield from model_csv.csv_rows(model_table(request.actor, some, asked), asked)


def _beside(request: ActorRequest, asked: Asked) -> dict[str, Any]:
    return {
        "caveats": caveats(request.actor, asked),
        "nobody": nobody(request.actor, Question(tuple(asked.months)), asked.ground),
        "restated": restated_in(request.actor, asked.months),
    }


@require_safe
def model_detail(request: ActorRequest, pk: UUID) -> HttpResponseBase:
    model = priced_model(request.actor, pk)
    found = _money(request, model)
    if found and request.GET.get("format") == "csv":
        name = f"{model.public_id}-money.csv"
        return csv_response(name, money_csv.COLUMNS, money_csv.money_rows(found))
    context = {"model": model, "found": found, **(_shown(request, found) if found else {})}
    context["may_state_life"] = can(request.actor, Permission.PLANNED_LIFE_STATE, model)
    context["plans"] = model_plans(request.actor, model)
    context |= {name: _of(request, url, "model", model.pk) for name, url in _PLACES.items()}
    context["use_case_claims_url"] = _of(
        request, _PLACES["claims_url"], "use_case", model.use_case_id
    )
    part = "costs/_model_money.html" if request.htmx else "costs/model_detail.html"
    return render(request, part, context)


def _money(request: ActorRequest, model: RegisteredModel) -> ModelMoney | None:
    """Return the money of the months asked for, or the latest; None before any is published."""
    known = published_months()
    if not known:
        return None
    months = SpanForm(request.GET, months=known).asked or window(known[0])
    return model_money(request.actor, model, months)


def _shown(request: ActorRequest, found: ModelMoney) -> dict[str, Any]:
    question = found.phases.question
    return {
        "table": tables.table(found.phases, _query(found), "-total"),
        "figure": tables.figure(found.phases),
        "unit_figure": unit_figure(found),
        "readings": readings(found),
        "units": found.units,
        "restated": restated_in(request.actor, question.months),
        "nobody": nobody(request.actor, question, found.ground),
    }


def _of(request: ActorRequest, name: str, facet: str, pk: UUID) -> str:
    """Return a list narrowed by ``facet``; empty when the reader may not enter it."""
    found = place(request.actor, name)
    return f"{found}?{facet}={pk}" if found else ""


def _query(found: ModelMoney) -> QueryDict:
    query = QueryDict(mutable=True)
    months = found.phases.question.months
    query.update({"start": f"{months[0]:%Y-%m}", "end": f"{months[-1]:%Y-%m}"})
    query["model"] = str(found.model.pk)
    return query
