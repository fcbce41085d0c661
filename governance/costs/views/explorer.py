"""Pages where money is cut and followed down to the charges behind it."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.costs.filters.money import NarrowForm, ViewForm
from governance.costs.judging import Sharing
from governance.costs.models import AllocatedCharge
from governance.costs.presentation import lists, tables
from governance.costs.presentation.rates import rates_note
from governance.costs.presentation.restated import restated_in
from governance.costs.querysets.drill import ORDER, charges, lines_of, way_of
from governance.costs.querysets.ground import Ground
from governance.costs.querysets.nobody import nobody
from governance.costs.querysets.published import published_months
from governance.costs.querysets.summary import Summary, summary
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import keyset_page

SIZE = 50
_SORT = "-total"


@require_safe
def explorer(request: ActorRequest) -> HttpResponseBase:
    months = published_months()
    view, narrow = (
        ViewForm(request.GET, months=months),
        NarrowForm(request.GET, actor=request.actor),
    )
    context = {"view": view, "narrow": narrow, "months": months}
    if not months:
        return render(request, "costs/explorer.html", context)
    question = view.question(narrow.chosen)
    ground = question.ground()
    found = summary(request.actor, question, ground)
    if request.GET.get("format") == "csv":
        return csv_response("costs.csv", tables.csv_columns(found), tables.csv_rows(found))
    return render(request, "costs/explorer.html", context | _shown(request, found, ground))


def _shown(request: ActorRequest, found: Summary, ground: Ground) -> dict[str, Any]:
    months = {*found.question.months, *found.question.compared}
    today = found.question.as_of is None
    return {
        "found": found,
        "table": tables.table(found, request.GET, request.GET.get("sort", _SORT)),
        "figure": tables.figure(found),
        "nobody": nobody(request.actor, found.question, ground),
        "rates_note": rates_note(found),
        "restated": restated_in(request.actor, months) if today else None,
    }


@require_safe
def charge_list(request: ActorRequest) -> HttpResponseBase:
    """List the charges behind a figure, the largest first."""
    months = published_months()
    view, narrow = (
        ViewForm(request.GET, months=months),
        NarrowForm(request.GET, actor=request.actor),
    )
    question = view.question(narrow.chosen)
    ground = question.ground()
    rows = charges(request.actor, question, ground)
    if request.GET.get("format") == "csv":
        return csv_response("charges.csv", lists.CHARGE_COLUMNS, lists.charge_rows(rows))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    asked = replace(question, group_by=(), converted=False, compared=())
    whole = summary(request.actor, asked, ground)
    context = {"view": view, "narrow": narrow, "page": page, "whole": whole, "question": question}
    context["rows"] = lists.shown_charges(page.items)
    context["nobody"] = nobody(request.actor, question, ground)
    return render(request, "costs/charge_list.html", context)


@require_safe
def charge_detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show how one charge came about, and the lines of the bill behind it."""
    rows = AllocatedCharge.objects.select_related("target", "slice__source", "run", "part__batch")
    charge = rows.get_visible(request.actor, number)
    way = way_of(request.actor, charge)
    context: dict[str, Any] = {"charge": charge, "way": way, "amounts": lists.amounts_of(charge)}
    if way.may_see_lines:
        sharing, cursor = Sharing(charge), request.GET.get("cursor")
        rows = sharing.lines(lines_of(charge), unclear=way.sees_everything)
        page = context["page"] = keyset_page(rows, order=("id",), size=SIZE, cursor=cursor)
        context["lines"] = lists.shown_lines(page.items, sharing.shares(page.items))
    return render(request, "costs/charge_detail.html", context)
