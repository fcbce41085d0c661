"""The page of failed work: projects may fail, unrecorded failure may not."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.forms.failed import FailedFilter
from governance.costs.kinds import Phase
from governance.costs.querysets.endings import Failed, failed_work
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text

_YEAR = dt.timedelta(days=365)
_COLUMNS = ("Model", "Name", "Team", "Retired", "Currency", *Phase.labels, "No phase", "Total")


@require_safe
def failed_list(request: ActorRequest) -> HttpResponseBase:
    """Show what was spent on models that were retired before anybody used them, by phase."""
    form = FailedFilter(request.GET)
    form.is_valid()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    start = form.cleaned_data.get("start") or tomorrow - _YEAR
    last = form.cleaned_data.get("end")
    end = last + dt.timedelta(days=1) if last else tomorrow
    found = failed_work(request.actor, start, end)
    if request.GET.get("format") == "csv":
        return csv_response("failed-work.csv", _COLUMNS, _csv(found))
    rows = [(one, _phases(one)) for one in found]
    context = {"rows": rows, "filter": form, "phases": Phase.labels, "start": start}
    return render(request, "costs/failed_list.html", context)


def _phases(one: Failed) -> list[int | None]:
    return [one.by_phase.get(phase) for phase in Phase]


def _csv(found: Sequence[Failed]) -> Iterator[list[Any]]:
    for one in found:
        model = one.model
        amounts = [one.by_phase.get(phase, 0) for phase in (*Phase, "")]
        named = (model.public_id, model.name, model.team.name, one.since, one.currency)
        yield [*named, *(to_text(units) for units in (*amounts, one.total))]
