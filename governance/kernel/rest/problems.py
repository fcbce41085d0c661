"""Errors of the API as RFC 9457 problem details."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from governance.kernel.errors import DomainError, Invalid, Missing, NotPermitted, TooLarge

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, code: str, detail: str, errors: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the body of a problem; ``type`` is relative to the API's documentation."""
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = dict(errors)
    return body


def problem_response(status: int, code: str, detail: str) -> JsonResponse:
    """Answer with a problem from outside REST framework (middleware, unknown routes)."""
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)


def handle_exception(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Translate domain and framework errors; None lets a defect become a 500."""
    if isinstance(error, Http404):
        error = Missing("not-found", "There is nothing here that you may see.")
    elif isinstance(error, PermissionDenied):
        error = NotPermitted("not-permitted", "You may not do this.")
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge("too-large", "This body is larger than the API reads.")
    elif isinstance(error, SuspiciousOperation):
        error = Invalid("malformed-request", "This request is malformed; nothing was saved.")
    if isinstance(error, DomainError):
        set_rollback()
        body = problem(error.status, error.code, error.message, error.errors)
        return Response(body, status=error.status, content_type=MEDIA_TYPE)
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return _framework_problem(error)
    return None


def _framework_problem(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    errors = None
    detail = str(error.detail)
    if isinstance(error, exceptions.ValidationError):
        errors = _by_field(error.detail)
        detail = "Some values cannot be accepted; nothing was saved."
    code = str(getattr(error, "default_code", "error")).replace("_", "-")
    body = problem(error.status_code, code, detail, errors)
    return Response(body, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)


def _by_field(detail: Any) -> dict[str, Any]:
    if isinstance(detail, Mapping):
        return {str(name): reasons for name, reasons in detail.items()}
    return {"non_field_errors": detail}


@csrf_exempt  # there is nothing to forge; without it Django's own page answers a POST
def not_found(request: HttpRequest, *_: Any) -> JsonResponse:
    return problem_response(404, "not-found", f"There is no {request.path} in this API.")
