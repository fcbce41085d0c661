"""Home by role, the trail, operations, health, and the pages that errors get."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere, require_everywhere
from governance.access.requests import ActorRequest
from governance.flows import commands as flows
from governance.kernel.errors import DomainError, Missing, NotPermitted
from governance.kernel.rest import API_PREFIX
from governance.kernel.rest.problems import problem_response
from governance.portal import readings
from governance.portal.middleware import error_page


@require_GET
def home(request: ActorRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"home": readings.home(request.actor)})


@require_GET
def operations(request: ActorRequest) -> HttpResponse:
    may_retry = can_everywhere(request.actor, Permission.USER_ADMIN)
    context = {"state": readings.operations(), "may_retry": may_retry}
    return render(request, "portal/operations.html", context)


@require_POST
def flow_retry(request: ActorRequest, name: str) -> HttpResponse:
    """Let a reaction that failed be tried again at once, not after its pause."""
    require_everywhere(request.actor, Permission.USER_ADMIN)
    flows.retry_now(name)
    messages.success(request, "It is tried again with the next beat.")
    return redirect("portal:operations")


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """The process can work: its database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ready"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, DomainError("bad-request", "This request cannot be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, NotPermitted("not-permitted", "None of your roles opens this page."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer a POST without its CSRF token: a page that was open for too long, or a forgery."""
    told = "This page was open for too long, or it was not ours. Go back, load it anew and repeat."
    return _page(request, NotPermitted("csrf-failed", told))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, Missing("not-found", "No page has this address."))


def defect(request: HttpRequest) -> HttpResponse:
    """Something of ours broke; the transaction was rolled back, so nothing is half-written."""
    message = "Something broke on our side. Nothing was saved; it has been logged."
    if request.path.startswith(API_PREFIX):
        return problem_response(500, "defect", message)
    # Without the request: what broke may be what the shell reads (the database, the session).
    reference = getattr(request, "request_id", "")
    page = render_to_string("errors/500.html", {"message": message, "correlation_id": reference})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _page(request: HttpRequest, error: DomainError) -> Any:
    if request.path.startswith(API_PREFIX):
        return problem_response(error.status, error.code, error.message)
    return error_page(request, error)
