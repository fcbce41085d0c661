"""Policies as pages: what they demand, and why."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.kernel.rest.paging import keyset_page
from governance.policies.models import PolicyVersion
from governance.policies.presentation import described

SIZE = 50


@require_safe
def policy_list(request: ActorRequest) -> HttpResponse:
    page = keyset_page(
        PolicyVersion.objects.visible_to(request.actor).defer("text", "document"),
        order=("-effective_from", "-id"),
        size=SIZE,
        cursor=request.GET.get("cursor"),
    )
    return render(request, "policies/policy_list.html", {"page": page})


@require_safe
def policy_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    version = PolicyVersion.objects.get_visible(request.actor, pk)
    context = {"version": version, **described(version.policy)}
    return render(request, "policies/policy_detail.html", context)


@require_safe
def policy_text(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Hand out the YAML exactly as it was installed."""
    version = PolicyVersion.objects.get_visible(request.actor, pk)
    response = HttpResponse(version.text, content_type="text/yaml; charset=utf-8")
    name = f"{version.key}-v{version.number}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
