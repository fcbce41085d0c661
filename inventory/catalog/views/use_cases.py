"""Pages of use cases."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog import commands
from inventory.catalog.forms.things import ThingFilter, UseCaseForm
from inventory.catalog.models import RegisteredModel, UseCase
from inventory.catalog.querysets import named
from inventory.catalog.views.pages import (
    SIZE,
    form_page,
    order_of,
    sent,
    tab_items,
    team_choices,
)
from inventory.catalog.words import history

_SORTS = {"name": ("name", "id"), "number": ("number",)}
_COLUMNS = ("Use case", "Name", "Team", "Autonomy", "Exposure", "Purpose", "Reach", "Personal data")


@require_safe
def use_case_list(request: ActorRequest) -> HttpResponseBase:
    visible = UseCase.objects.visible_to(request.actor)
    form = ThingFilter(request.GET, actor=request.actor, teams=team_choices(visible))
    form.is_valid()
    rows = _narrowed(visible, form.cleaned_data).select_related("team")
    order = order_of(request, _SORTS, "name")
    if request.GET.get("format") == "csv":
        return csv_response("use-cases.csv", _COLUMNS, map(_csv, every(rows, order=order)))
    page = keyset_page(rows, order=order, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"page": page, "filter": form, "total": rows.count()}
    context["may_create"] = can(request.actor, Permission.USE_CASE_CREATE)
    return render(request, "catalog/use_case_list.html", context)


def use_case_create(request: ActorRequest) -> HttpResponse:
    form = UseCaseForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        row = form.carried_out(
            lambda: commands.create_use_case(
                actor=request.actor, team_id=form.cleaned_data["team"].pk, fields=form.made()
            )
        )
        if row is not None:
            return redirect("catalog:use_case-detail", row.pk)
    return form_page(request, "catalog/use_case_form.html", form)


@require_safe
def use_case_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    models = RegisteredModel.objects.filter(use_case=row).visible_to(request.actor)
    context = _context(request, row)
    context["models"] = models.select_related("team", "owner").order_by("name")[:SIZE]
    context["total"] = models.count()
    return render(request, "catalog/use_case_detail.html", context)


def use_case_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    form = UseCaseForm(*sent(request), actor=request.actor, row=row)
    if request.method == "POST":
        saved = form.carried_out(
            lambda: commands.edit_use_case(
                actor=request.actor,
                use_case_id=pk,
                changes=form.values(),
                revision=form.cleaned_data["revision"],
            )
        )
        if saved is not None:
            return redirect("catalog:use_case-detail", pk)
    return form_page(request, "catalog/use_case_form.html", form, row=row)


@require_safe
def use_case_history(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    context = _context(request, row) | {"events": history(pk)}
    return render(request, "catalog/use_case_history.html", context)


def _visible(request: ActorRequest, pk: UUID) -> UseCase:
    return UseCase.objects.select_related("team", "sponsor").get_visible(request.actor, pk)


def _narrowed(rows: Any, facets: dict[str, Any]) -> Any:
    if facets.get("team"):
        rows = rows.filter(team__slug=facets["team"])
    return rows.filter(named(facets["q"])) if facets.get("q") else rows


def _context(request: ActorRequest, row: UseCase) -> dict[str, Any]:
    return {
        "row": row,
        "tab_items": tab_items("use_case", row.pk, "history"),
        "may_edit": can(request.actor, Permission.USE_CASE_EDIT, row),
        "may_register": can(request.actor, Permission.MODEL_REGISTER),
    }


def _csv(row: UseCase) -> list[Any]:
    shown = (row.get_autonomy_display(), row.get_exposure_display(), row.get_purpose_display())
    personal = "yes" if row.personal_data else "no"
    return [row.public_id, row.name, row.team.name, *shown, row.get_reach_display(), personal]
