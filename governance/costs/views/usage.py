"""Pages of usage: what was recorded, and a file of it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.usage import UsageFileForm, UsageFilter
from governance.costs.models import UsageMetric
from governance.costs.rules.usage import COLUMNS
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, sent

ORDER = ("-day", "-id")
_COLUMNS = ("Version", "Day", "Unit", "Quantity", "Origin", "Recorded", "By", "Restated")


@require_safe
def usage_list(request: ActorRequest) -> HttpResponseBase:
    form = UsageFilter(request.GET)
    form.is_valid()
    visible = UsageMetric.objects.visible_to(request.actor)
    rows = visible.narrowed(form.cleaned_data).select_related("version__model", "recorded_by")
    if request.GET.get("format") == "csv":
        return csv_response("usage.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    shown = [(row, to_text(row.quantity)) for row in page.items]
    context = {"page": page, "rows": shown, "filter": form, "may_record": _may_record(request)}
    return render(request, "costs/usage_list.html", context)


def usage_upload(request: ActorRequest) -> HttpResponse:
    """Take a file. Rows that cannot be true are shown with the reason; the others are kept."""
    form = UsageFileForm(*sent(request), actor=request.actor)
    done = None
    if request.method == "POST":
        done = form.carried_out(
            lambda: costs.record_usage(actor=request.actor, rows=form.cleaned_data["file"])
        )
        if done is not None and not done.refused:
            messages.success(request, f"{done.recorded} rows recorded, {done.restated} restated.")
            return redirect("costs:usage-list")
    context = {"form": form, "done": done, "columns": COLUMNS}
    return render(request, "costs/usage_upload.html", context, status=422 if form.errors else 200)


def _may_record(request: ActorRequest) -> bool:
    return can(request.actor, Permission.USAGE_RECORD)


def _csv(rows: Iterable[UsageMetric]) -> Iterator[list[Any]]:
    for row in rows:
        about = (row.version, row.day.isoformat(), row.unit, to_text(row.quantity), row.origin)
        ended = row.restated_at.isoformat() if row.restated_at else ""
        yield [*map(str, about), row.recorded_at.isoformat(), row.recorded_by.name, ended]
