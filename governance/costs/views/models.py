"""What one model costs and is worth: a tab of its page with htmx, a page of its own without."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.costs.presentation import tables
from governance.costs.presentation.restated import restated_in
from governance.costs.presentation.worth import readings, unit_figure
from governance.costs.querysets.model_money import ModelMoney, model_money, priced_model
from governance.costs.querysets.model_plans import model_plans
from governance.costs.querysets.nobody import nobody
from inventory.catalog.views.pages import place

# Lists that the model's panels link to.
_PLACES = {
    "budgets_url": "costs:budget-list",
    "forecasts_url": "costs:forecast-list",
    "claims_url": "costs:claim-list",
    "experiments_url": "costs:experiment-list",
}


@require_safe
def model_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    model = priced_model(request.actor, pk)
    found = model_money(request.actor, model)
    context: dict[str, Any] = {"model": model, "found": found}
    if found is not None:
        context |= {"table": tables.table(found.phases, _query(found), "-total")}
        context |= {"figure": tables.figure(found.phases), "unit_figure": unit_figure(found)}
        context |= {"readings": readings(found), "units": found.units}
        context["restated"] = restated_in(request.actor, found.phases.question.months)
        context["nobody"] = nobody(request.actor, found.phases.question)
    context["may_state_life"] = can(request.actor, Permission.PLANNED_LIFE_STATE, model)
    context["plans"] = model_plans(request.actor, model)
    context |= {name: _of(request, url, "model", model.pk) for name, url in _PLACES.items()}
    context["use_case_claims_url"] = _of(
        request, _PLACES["claims_url"], "use_case", model.use_case_id
    )
    part = "costs/_model_money.html" if request.htmx else "costs/model_detail.html"
    return render(request, part, context)


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
