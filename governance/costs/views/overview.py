"""The cockpit: every figure links down to what it is made of."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.presentation import cockpit as shown
from governance.costs.presentation import tables
from governance.costs.presentation.restated import restated_in
from governance.costs.querysets.cockpit import cockpit
from governance.costs.querysets.published import published_months
from inventory.catalog.views.pages import place

# Pages that the panels link to.
_PLACES = {
    "budgets_url": "costs:budget-list",
    "forecasts_url": "costs:forecast-list",
    "anomalies_url": "costs:anomaly-list",
    "savings_url": "costs:saving-list",
    "stuck_url": "costs:stuck-list",
    "failed_url": "costs:failed-list",
    "exceptions_url": "costs:exception-list",
    "reconciliation_url": "costs:reconciliation",
}


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    months = published_months()
    context: dict[str, Any] = {"months": months}
    if months:
        found = cockpit(request.actor, months[0], first=months[-1])
        context |= {"cockpit": found, "stats": shown.stats(found)}
        context["figure"] = tables.figure(found.trend)
        context["restated"] = restated_in(request.actor, found.trend.question.months)
        context["nobody"] = found.unallocated
        context |= {name: place(request.actor, url) for name, url in _PLACES.items()}
    return render(request, "costs/overview.html", context)
