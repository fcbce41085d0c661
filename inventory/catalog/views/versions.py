"""Pages of versions: making one, looking at one, holding two side by side."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from inventory.catalog import commands
from inventory.catalog.forms.versions import CompareForm, TrainingDataForm, VersionForm
from inventory.catalog.kinds import Inspection
from inventory.catalog.models import (
    Artifact,
    DatasetVersion,
    Deployment,
    ModelVersion,
    RegisteredModel,
)
from inventory.catalog.rules.comparison import compare
from inventory.catalog.views.pages import form_page, key_of, place, sent, tab_items
from inventory.catalog.words import history


def version_create(request: ActorRequest, pk: UUID) -> HttpResponse:
    model = RegisteredModel.objects.select_related("team").get_visible(request.actor, pk)
    form = _form(request, model)
    if request.method == "POST" and form.is_valid():
        artifact = _artifact(request, form, model)
        row = artifact and form.carried_out(lambda: _create(request, form, pk, artifact))
        if row:
            messages.success(request, f"Version {row.number} is there. Next: have it checked.")
            return redirect("catalog:version-detail", row.pk)
        if artifact:
            form.keep(artifact)
    chosen = form.fields["training_data"].initial
    data_form = TrainingDataForm({"training_data": str(chosen or "")}, actor=request.actor)
    return form_page(request, "catalog/version_form.html", form, row=model, data_form=data_form)


@require_safe
def version_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    running = Deployment.objects.filter(version_id=pk, recorded_to=None)
    context["deployments"] = running.select_related("rollback_target").order_by("-valid_from")
    context["may_deploy"] = can(request.actor, Permission.DEPLOYMENT_RECORD, context["version"])
    context["may_see_data"] = _may_see_data(request, context["version"])
    return render(request, "catalog/version_detail.html", context)


@require_safe
def version_runs(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _part(request, pk, "runs:version-runs", "runs")


@require_safe
def version_cases(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _part(request, pk, "approvals:version-cases", "approval cases")


@require_safe
def version_reports(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _part(request, pk, "documents:version-reports", "reports")


@require_safe
def version_history(request: ActorRequest, pk: UUID) -> HttpResponse:
    context = _context(request, pk)
    version = context["version"]
    running = Deployment.objects.filter(version_id=pk).values_list("pk", flat=True)
    context["events"] = history(pk, version.artifact_id, *running[:200])
    return render(request, "catalog/version_history.html", context)


@require_safe
def version_compare(request: ActorRequest, pk: UUID) -> HttpResponse:
    model = RegisteredModel.objects.get_visible(request.actor, pk)
    numbers = list(model.versions.order_by("-number").values_list("number", flat=True)[:500])
    newest = {"a": numbers[1] if len(numbers) > 1 else None, "b": numbers[0] if numbers else None}
    asked = {name: request.GET.get(name) or newest[name] for name in newest}
    form = CompareForm(asked, numbers=numbers)
    context: dict[str, Any] = {"row": model, "form": form, "few": len(numbers) < len(newest)}
    if form.is_valid():
        pair = _pair(model, int(form.cleaned_data["a"]), int(form.cleaned_data["b"]))
        context |= {"a": pair[0], "b": pair[1], "lines": compare(_facts(pair[0]), _facts(pair[1]))}
    return render(request, "catalog/version_compare.html", context)


@require_safe
def artifact_inspection(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Answer a page that asks whether the file has been looked at yet."""
    artifact = Artifact.objects.get_visible(request.actor, pk)
    return render(request, "catalog/_artifact_state.html", {"artifact": artifact})


def _form(request: ActorRequest, model: RegisteredModel) -> VersionForm:
    before = model.versions.order_by("-number").first()
    asked = (request.POST if request.method == "POST" else request.GET).get("training_data")
    readable = DatasetVersion.objects.filter(inspection=Inspection.READABLE)
    key = key_of(asked or "")
    data = readable.visible_to(request.actor).filter(pk=key).first() if key else None
    return VersionForm(*sent(request), actor=request.actor, model=model, before=before, data=data)


def _artifact(request: ActorRequest, form: VersionForm, model: RegisteredModel) -> Artifact | None:
    """Return the artifact chosen, or the file received; None when the file was refused."""
    upload = form.cleaned_data["file"]
    if upload is None:
        return form.cleaned_data["artifact"]
    received = form.carried_out(
        lambda: commands.receive_artifact(actor=request.actor, team_id=model.team_id, upload=upload)
    )
    return received.row if received else None


def _create(request: ActorRequest, form: VersionForm, pk: UUID, artifact: Artifact) -> ModelVersion:
    return commands.create_version(actor=request.actor, model_id=pk, fields=form.made(artifact))


def _context(request: ActorRequest, pk: UUID) -> dict[str, Any]:
    version = ModelVersion.objects.whole().get_visible(request.actor, pk)
    badges = place(request.actor, "approvals:status-badges")
    return {
        "version": version,
        "row": version.model,
        "content_digest": version.content_digest(),
        "tab_items": tab_items("version", pk, "runs", "cases", "reports", "history"),
        "request_url": place(request.actor, "runs:run-request", pk),
        "open_url": place(request.actor, "approvals:case-open", pk),
        "header_badges_url": f"{badges}?ids={pk}" if badges else "",
    }


def _part(request: ActorRequest, pk: UUID, part: str, noun: str) -> HttpResponse:
    context = _context(request, pk) | {"noun": noun, "part_url": place(request.actor, part, pk)}
    return render(request, "catalog/version_part.html", context)


def _may_see_data(request: ActorRequest, version: ModelVersion) -> bool:
    data = version.training_data
    return data is not None and can(request.actor, Permission.DATASET_VIEW, data)


def _pair(model: RegisteredModel, a: int, b: int) -> tuple[ModelVersion, ModelVersion]:
    rows = ModelVersion.objects.whole().filter(model=model, number__in={a, b})
    found = {row.number: row for row in rows}
    return found[a], found[b]


def _facts(row: ModelVersion) -> dict[str, Any]:
    data, environment = row.training_data, row.environment
    return {
        "Artifact": row.artifact.digest,
        "Format": row.artifact.get_format_display(),
        "Training data": data.digest if data else None,
        "Environment": environment.lock_digest if environment else None,
        "Code": row.code_reference,
        "Change": row.get_change_type_display(),
        "Parameters": row.parameters,
        "Reported metrics": row.reported_metrics,
        "Signature": row.signature,
    }
