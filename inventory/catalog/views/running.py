"""Pages of environments and deployments: what versions are built with and where they run."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.kernel.rest.paging import keyset_page
from inventory.catalog import commands
from inventory.catalog.forms.deployments import DeploymentEndForm, DeploymentForm
from inventory.catalog.forms.uploads import EnvironmentForm
from inventory.catalog.models import Deployment, Environment, ModelVersion
from inventory.catalog.views.pages import SIZE, form_page, sent


@require_safe
def environment_list(request: ActorRequest) -> HttpResponse:
    rows = Environment.objects.visible_to(request.actor).select_related("team")
    page = keyset_page(rows, order=("-id",), size=SIZE, cursor=request.GET.get("cursor"))
    hashed = [all(package["hashed"] for package in row.packages) for row in page.items]
    context = {"page": page, "rows": list(zip(page.items, hashed, strict=True))}
    context["may_record"] = can(request.actor, Permission.ENVIRONMENT_CREATE)
    return render(request, "catalog/environment_list.html", context)


@require_safe
def environment_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = Environment.objects.select_related("team", "created_by").get_visible(request.actor, pk)
    used = ModelVersion.objects.filter(environment=row).visible_to(request.actor)
    bare = sum(not package["hashed"] for package in row.packages)
    context = {"row": row, "bare": bare, "used": used.select_related("model")[:SIZE]}
    return render(request, "catalog/environment_detail.html", context)


def environment_record(request: ActorRequest) -> HttpResponse:
    form = EnvironmentForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        row = form.carried_out(
            lambda: commands.record_environment(
                actor=request.actor, team_id=form.cleaned_data["team"].pk, fields=form.made()
            )
        )
        if row is not None:
            return redirect("catalog:environment-detail", row.pk)
    return form_page(request, "catalog/environment_form.html", form)


def deployment_record(request: ActorRequest, pk: UUID) -> HttpResponse:
    version = ModelVersion.objects.select_related("model").get_visible(request.actor, pk)
    form = DeploymentForm(*sent(request), actor=request.actor, version=version)
    if request.method == "POST":
        row = form.carried_out(
            lambda: commands.record_deployment(
                actor=request.actor, version_id=pk, fields=form.made()
            )
        )
        if row is not None:
            messages.success(request, "The deployment is recorded.")
            return redirect("catalog:version-detail", pk)
    return form_page(request, "catalog/deployment_form.html", form, version=version)


def deployment_end(request: ActorRequest, pk: UUID) -> HttpResponse:
    rows = Deployment.objects.select_related("version__model")
    row = rows.get_visible(request.actor, pk)
    form = DeploymentEndForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        ended = form.carried_out(
            lambda: commands.end_deployment(
                actor=request.actor, deployment_id=pk, ended_at=form.cleaned_data["ended_at"]
            )
        )
        if ended is not None:
            messages.success(request, "The end is recorded.")
            return redirect("catalog:version-detail", row.version_id)
    return form_page(request, "catalog/deployment_end.html", form, deployment=row)
