"""Turns domain errors into pages, or into fragments for htmx. The API has its own translator."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import retarget

from governance.kernel.errors import DomainError
from governance.kernel.rest import API_PREFIX
from governance.kernel.rest.problems import problem_response

_PAGES = {400, 403, 404, 409, 412, 413, 422}


class DomainErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if request.path.startswith(API_PREFIX):
            return problem_response(error.status, error.code, error.message)
        return error_page(request, error)


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page (or, for htmx, the fragment for the message area) that tells of ``error``."""
    context: dict[str, Any] = {"error": error, "title": HTTPStatus(error.status).phrase}
    if getattr(request, "htmx", False):
        response = render(request, "errors/fragment.html", context, status=error.status)
        return retarget(response, "#messages")
    template = f"errors/{error.status}.html" if error.status in _PAGES else "errors/400.html"
    return render(request, template, context, status=error.status)
