"""Pages of registered models: the portfolio, one model, its tabs."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.models import User
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog import commands
from inventory.catalog.forms.things import ModelForm, PortfolioFilter, RetireForm, ShareForm
from inventory.catalog.models import (
    Deployment,
    ModelShare,
    ModelVersion,
    RegisteredModel,
    UseCase,
)
from inventory.catalog.views.pages import (
    MOST_OFFERED,
    SIZE,
    form_page,
    keys_of,
    order_of,
    place,
    sent,
    tab_items,
    team_choices,
)
from inventory.catalog.words import history

_SORTS = {"name": ("name", "id"), "number": ("number",), "team": ("team__name", "name", "id")}
_COLUMNS = ("Model", "Name", "Class", "Team", "Owner", "Use case", "Versions", "Latest version")
_LATEST = 5


@require_safe
def model_list(request: ActorRequest) -> HttpResponseBase:
    visible = RegisteredModel.objects.living().visible_to(request.actor)
    form = _facets(request, visible)
    rows = RegisteredModel.objects.living().narrowed(form.cleaned_data).visible_to(request.actor)
    order = order_of(request, _SORTS, "name")
    named_rows = rows.with_latest().with_names()
    if request.GET.get("format") == "csv":
        return csv_response("models.csv", _COLUMNS, _csv(every(named_rows, order=order)))
    page = keyset_page(named_rows, order=order, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"page": page, "filter": form, "total": rows.count(), **_counted(request, page.items)}
    context["may_register"] = can(request.actor, Permission.MODEL_REGISTER)
    context["may_see_environments"] = can(request.actor, Permission.ENVIRONMENT_VIEW)
    return render(request, "catalog/model_list.html", context)


def model_register(request: ActorRequest) -> HttpResponse:
    chosen = {"use_case": request.GET.get("use_case")}
    form = ModelForm(*sent(request), actor=request.actor, initial=chosen)
    if request.method == "POST":
        row = form.carried_out(
            lambda: commands.register_model(
                actor=request.actor, team_id=form.cleaned_data["team"].pk, fields=form.made()
            )
        )
        if row is not None:
            messages.success(request, f"{row.public_id} is registered. Now give it a version.")
            return redirect("catalog:model-detail", row.pk)
    return form_page(request, "catalog/model_form.html", form)


def model_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = RegisteredModel.objects.get_visible(request.actor, pk)
    form = ModelForm(*sent(request), actor=request.actor, row=row)
    if request.method == "POST":
        saved = form.carried_out(
            lambda: commands.edit_model(
                actor=request.actor,
                model_id=pk,
                changes=form.values(),
                revision=form.cleaned_data["revision"],
            )
        )
        if saved is not None:
            return redirect("catalog:model-detail", pk)
    return form_page(request, "catalog/model_form.html", form, row=row)


def model_retire(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = RegisteredModel.objects.get_visible(request.actor, pk)
    form = RetireForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        retired = form.carried_out(
            lambda: commands.retire_model(
                actor=request.actor, model_id=pk, reason=form.cleaned_data["reason"]
            )
        )
        if retired is not None:
            messages.success(request, f"{row.public_id} is retired. It stays readable.")
            return redirect("catalog:model-detail", pk)
    return form_page(request, "catalog/model_retire.html", form, row=row)


@require_safe
def model_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    running = Deployment.objects.current().filter(version__model_id=pk)
    context["deployments"] = running.select_related("version").order_by("-valid_from")[:SIZE]
    context["latest"] = ModelVersion.objects.whole().filter(model_id=pk).order_by("-number").first()
    if context["may_share"]:
        context["shares"] = ModelShare.objects.filter(content_object_id=pk).select_related("user")
        context["share_form"] = ShareForm(actor=request.actor)
    return render(request, "catalog/model_detail.html", context)


@require_safe
def model_versions(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    rows = ModelVersion.objects.filter(model_id=pk).select_related(
        "artifact", "training_data__dataset", "created_by", "predecessor"
    )
    page = keyset_page(rows, order=("-number",), size=SIZE, cursor=request.GET.get("cursor"))
    badges = place(request.actor, "approvals:status-badges")
    keys = ",".join(str(row.pk) for row in page.items)
    context |= {"page": page, "badges_url": f"{badges}?ids={keys}" if badges and keys else ""}
    return render(request, "catalog/model_versions.html", context)


@require_safe
def model_cases(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _by_version(request, pk, "approvals:version-cases", "Approval cases")


@require_safe
def model_reports(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _by_version(request, pk, "documents:version-reports", "Reports")


@require_safe
def model_costs(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    context["part_url"] = place(request.actor, "costs:model-detail", pk)
    return render(request, "catalog/model_costs.html", context)


@require_safe
def model_history(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    versions = ModelVersion.objects.filter(model_id=pk).order_by("-number")
    running = Deployment.objects.filter(version__model_id=pk).order_by("-created_at")
    keys = [
        *versions.values_list("pk", flat=True)[:200],
        *running.values_list("pk", flat=True)[:200],
    ]
    context["events"] = history(pk, *keys)
    return render(request, "catalog/model_history.html", context)


@require_POST
def model_share(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ShareForm(request.POST, actor=request.actor)
    person = form.person() if form.is_valid() else None
    if person is None:
        messages.error(
            request, form.errors["email"].as_text() if form.errors else "Give an address."
        )
        return redirect("catalog:model-detail", pk)
    commands.share_model(actor=request.actor, model_id=pk, user_id=person.pk)
    messages.success(request, f"{person.name} may see this model now.")
    return redirect("catalog:model-detail", pk)


@require_POST
def model_unshare(request: ActorRequest, pk: UUID, user_pk: UUID) -> HttpResponse:
    commands.unshare_model(actor=request.actor, model_id=pk, user_id=user_pk)
    messages.success(request, "The sharing has ended.")
    return redirect("catalog:model-detail", pk)


def _facets(request: ActorRequest, visible: Any) -> PortfolioFilter:
    use_cases = UseCase.objects.visible_to(request.actor).order_by("name")
    owners = User.objects.filter(pk__in=visible.order_by().values("owner_id")).order_by("name")
    form = PortfolioFilter(
        request.GET,
        actor=request.actor,
        teams=team_choices(visible),
        use_cases=_offered(use_cases),
        owners=_offered(owners),
    )
    form.is_valid()
    return form


def _offered(rows: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:MOST_OFFERED]]


def _counted(request: ActorRequest, models: Iterable[Any]) -> dict[str, Any]:
    """Return the page's rows with their version counts, and where their badges come from."""
    keys = keys_of(models)
    badges = place(request.actor, "approvals:status-badges")
    listed = ",".join(map(str, keys))
    return {
        "rows": [(row, row.latest_version or 0, row.latest_version) for row in models],
        "badges_url": f"{badges}?models={listed}" if badges and keys else "",
    }


def _csv(rows: Any) -> Iterator[list[Any]]:
    for row in rows:
        last = row.latest_version
        people = (row.team.name, row.owner.name, row.use_case.name)
        yield [row.public_id, row.name, row.get_kind_display(), *people, last or 0, last]


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    rows = RegisteredModel.objects.select_related("team", "owner", "use_case")
    row = rows.get_visible(request.actor, pk)
    badges = place(request.actor, "approvals:status-badges")
    living = row.retired_at is None
    costs = ["costs"] if place(request.actor, "costs:model-detail", pk) else []
    return {
        "row": row,
        "may_edit": living and can(request.actor, Permission.MODEL_EDIT, row),
        "may_add": living and can(request.actor, Permission.VERSION_CREATE, row),
        "may_retire": living and can(request.actor, Permission.MODEL_RETIRE, row),
        "may_share": can(request.actor, Permission.MODEL_SHARE, row),
        "header_badges_url": f"{badges}?models={pk}" if badges else "",
        "draws": bool(costs),  # a tab may be swapped in that needs the script of the figures
        "tab_items": tab_items("model", pk, "versions", "cases", "reports", *costs, "history"),
    }


def _by_version(request: ActorRequest, pk: UUID, part: str, title: str) -> HttpResponse:
    context = _context(request, pk)
    newest = ModelVersion.objects.filter(model_id=pk).order_by("-number")[:_LATEST]
    context["parts"] = [(row, place(request.actor, part, row.pk)) for row in newest]
    return render(request, "catalog/model_parts.html", context | {"title": title})
