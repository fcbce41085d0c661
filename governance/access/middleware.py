"""Stands before every page: builds the actor once and opens only doors that are in the table."""

import hashlib
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from governance.access.actors import actor_for_session
from governance.access.doors import Door, admits, entrance
from governance.kernel.rest import API_PREFIX

_NOTED = 60  # seconds


class ActivityMiddleware:
    """Notes that a session is in use, for the person's own list of sessions: once a minute.

    allauth's own middleware writes a row, with a commit, at every page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated and _is_news(request):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _is_news(request: HttpRequest) -> bool:
    used = (
        request.session.session_key or "",
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        request.META.get("HTTP_USER_AGENT", ""),
    )
    named = hashlib.sha256("\n".join(used).encode()).hexdigest()
    return cache.add(f"session-noted:{named}", 1, _NOTED)


class DoorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        door = entrance(name, request.method or "GET")
        if door is None:
            raise Http404  # an exception of our own would pass the translator by, here
        if request.path.startswith(API_PREFIX):
            return None  # REST framework authenticates, and DoorPermission asks the same table
        if door is Door.PUBLIC:
            request.actor = SimpleLazyObject(lambda: actor_for_session(request))  # type: ignore[attr-defined]
            return None
        actor = actor_for_session(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None:
            return redirect_to_login(request.get_full_path())
        if not admits(door, actor):
            raise PermissionDenied
        return None
