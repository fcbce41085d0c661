"""Pages of datasets."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog import commands
from inventory.catalog.forms.things import ThingFilter
from inventory.catalog.forms.uploads import (
    DATA_ACCEPT,
    DataFileForm,
    DatasetChoiceForm,
    NewDatasetForm,
)
from inventory.catalog.models import Dataset, DatasetVersion
from inventory.catalog.querysets import named
from inventory.catalog.views.pages import (
    SIZE,
    form_page,
    key_of,
    keys_of,
    order_of,
    sent,
    tab_items,
    team_choices,
)
from inventory.catalog.words import history

_SORTS = {"name": ("name", "id"), "number": ("number",)}
_COLUMNS = ("Dataset", "Name", "Team", "Owner", "Sensitivity", "Licence", "Source")


@require_safe
def dataset_list(request: ActorRequest) -> HttpResponseBase:
    visible = Dataset.objects.visible_to(request.actor)
    form = ThingFilter(request.GET, actor=request.actor, teams=team_choices(visible))
    form.is_valid()
    rows = _narrowed(visible, form.cleaned_data).select_related("team", "owner")
    order = order_of(request, _SORTS, "name")
    if request.GET.get("format") == "csv":
        return csv_response("datasets.csv", _COLUMNS, map(_csv, every(rows, order=order)))
    page = keyset_page(rows, order=order, size=SIZE, cursor=request.GET.get("cursor"))
    counts = _counted(page.items)
    context = {"page": page, "filter": form, "total": rows.count()}
    context["rows"] = [(row, *counts.get(row.pk, (0, None))) for row in page.items]
    context["may_upload"] = can(request.actor, Permission.DATASET_CREATE)
    return render(request, "catalog/dataset_list.html", context)


@require_safe
def dataset_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    rows = DatasetVersion.objects.filter(dataset_id=pk).select_related("created_by")
    page = keyset_page(rows, order=("-number",), size=SIZE, cursor=request.GET.get("cursor"))
    context |= {"page": page, "newest": page.items[0] if page.items else None}
    return render(request, "catalog/dataset_detail.html", context)


@require_safe
def dataset_history(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    versions = context["row"].versions.order_by("-number").values_list("pk", flat=True)
    context["events"] = history(pk, *versions[:200])
    return render(request, "catalog/dataset_history.html", context)


def dataset_upload(request: ActorRequest) -> HttpResponse:
    row = _chosen(request)
    form_type = DataFileForm if row else NewDatasetForm
    form = form_type(*sent(request), actor=request.actor)
    if request.method == "POST":
        received = form.carried_out(lambda: _receive(request, form, row))
        if received is not None:
            return redirect("catalog:dataset-detail", received.row.dataset_id)
    chosen = DatasetChoiceForm({"dataset": str(row.pk) if row else ""}, actor=request.actor)
    return form_page(
        request, "catalog/dataset_form.html", form, row=row, choice=chosen, accept=DATA_ACCEPT
    )


@require_safe
def dataset_version_inspection(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Answer a page that asks whether the file has been looked at yet."""
    version = DatasetVersion.objects.get_visible(request.actor, pk)
    return render(request, "catalog/_data_state.html", {"version": version})


def _chosen(request: ActorRequest) -> Dataset | None:
    asked = key_of(request.GET.get("dataset", ""))
    return Dataset.objects.get_visible(request.actor, asked) if asked else None


def _receive(
    request: ActorRequest, form: Any, row: Dataset | None
) -> commands.Received[DatasetVersion]:
    given = form.cleaned_data
    common = {"actor": request.actor, "upload": given["file"], "sha256": given["sha256"]}
    first = form.version_fields()
    if row is not None:
        return commands.receive_dataset_version(dataset_id=row.pk, fields=first, **common)
    fields, team = form.dataset_fields(), given["team"].pk
    return commands.receive_dataset(team_id=team, fields=fields, first=first, **common)


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    row = Dataset.objects.select_related("team", "owner").get_visible(request.actor, pk)
    return {
        "row": row,
        "may_upload": can(request.actor, Permission.DATASET_CREATE, row),
        "tab_items": tab_items("dataset", pk, "history"),
    }


def _narrowed(rows: Any, facets: dict[str, Any]) -> Any:
    if facets.get("team"):
        rows = rows.filter(team__slug=facets["team"])
    return rows.filter(named(facets["q"])) if facets.get("q") else rows


def _counted(rows: Any) -> dict[UUID, tuple[int, int]]:
    versions = DatasetVersion.objects.filter(dataset_id__in=keys_of(rows)).order_by()
    counts = versions.values("dataset_id").annotate(total=Count("pk"), last=Max("number"))
    return {row["dataset_id"]: (row["total"], row["last"]) for row in counts}


def _csv(row: Dataset) -> list[Any]:
    shown = (row.team.name, row.owner.name, row.get_sensitivity_display())
    return [row.public_id, row.name, *shown, row.licence, row.source]
