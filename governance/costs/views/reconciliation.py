"""The page that holds the money shared out against the money billed."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.filters.money import MonthForm
from governance.costs.presentation.accounts import COLUMNS, account_rows, statements
from governance.costs.querysets.reconciliation import billed_months, reconciliation
from governance.kernel.csvfiles import csv_response
from inventory.catalog.views.pages import place


@require_safe
def reconcile(request: ActorRequest) -> HttpResponseBase:
    months = billed_months()
    form = MonthForm(request.GET, months=months)
    month = form.chosen or timezone.localdate().replace(day=1)
    found = reconciliation(request.actor, month, form.moment)
    if request.GET.get("format") == "csv":
        return csv_response("reconciliation.csv", COLUMNS, account_rows(found))
    context: dict[str, Any] = {"form": form, "months": months, "found": found}
    context["statements"] = statements(found)
    context["batches_url"] = place(request.actor, "costs:batch-list")
    return render(request, "costs/reconciliation.html", context)
