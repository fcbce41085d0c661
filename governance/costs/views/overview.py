"""The cockpit: every figure links down to what it is made of."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.presentation import cockpit as shown
from governance.costs.presentation import tables
from governance.costs.querysets.cockpit import cockpit
from governance.costs.querysets.published import published_months
from governance.kernel.actor import Actor
from inventory.catalog.views.pages import place

# Pages that the panels link to.
_PLACES = {
    "budgets_url": "costs:budget-list",
    "forecasts_url": "costs:forecast-list",
    "anomalies_url": "costs:anomaly-list",
    "savings_url": "costs:saving-list",
    "stuck_url": "costs:stuck-list",
    "exceptions_url": "costs:exception-list",
    "reconciliation_url": "costs:reconciliation",
}

_SECTIONS = (
    ("Look", (("Explorer", "explorer"), ("Reconciliation", "reconciliation"))),
    ("Plan", (("Budgets", "budget-list"), ("Forecasts", "forecast-list"))),
    (
        "Ask why",
        (
            ("Days that stand out", "anomaly-list"),
            ("Exceptions", "exception-list"),
            ("Savings", "saving-list"),
            ("Stuck work", "stuck-list"),
        ),
    ),
    (
        "Benefit",
        (
            ("Claims", "claim-list"),
            ("Experiments", "experiment-list"),
            ("Failed work", "failed-list"),
        ),
    ),
    (
        "Bills and rules",
        (
            ("Bills", "batch-list"),
            ("Sources", "source-list"),
            ("Exchange rates", "rate-list"),
            ("Rules", "ruleset-list"),
            ("Runs", "run-list"),
            ("Periods", "period-list"),
            ("Targets", "target-list"),
            ("Usage", "usage-list"),
        ),
    ),
)


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    months = published_months()
    context: dict[str, Any] = {"months": months, "sections": _sections(request.actor)}
    if months:
        found = cockpit(request.actor, months[0], first=months[-1])
        context |= {"cockpit": found, "stats": shown.stats(found)}
        context["figure"] = tables.figure(found.trend)
        context |= {name: place(request.actor, url) for name, url in _PLACES.items()}
    return render(request, "costs/overview.html", context)


def _sections(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the other pages of costs that ``actor`` may enter, by what they are for."""
    found = [
        (title, [(label, place(actor, f"costs:{name}")) for label, name in pages])
        for title, pages in _SECTIONS
    ]
    return [(title, [one for one in pages if one[1]]) for title, pages in found]
