"""How the API knows who is calling: a bearer token, or the browser's session with CSRF."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from governance.access.actors import actor_for_session, actor_for_token
from governance.access.callers import caller_by
from governance.access.doors import Door, admits, entrance
from governance.access.models import ApiToken
from governance.kernel.actor import Actor, Via

if TYPE_CHECKING:
    from rest_framework.views import APIView

_PARTS = 2
_USED_EVERY = timedelta(minutes=1)


def token_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer assay_…``."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != _PARTS:
            raise AuthenticationFailed("Send one token after Bearer.")
        now = timezone.now()
        digest = token_digest(parts[1].decode("latin-1"))
        caller = caller_by(digest, now=now, noted_since=now - _USED_EVERY)
        if caller is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        if caller.unnoted:
            ApiToken.objects.filter(pk=caller.token_id).update(last_used_at=now)
        return caller.user, actor_for_token(caller)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="assay"'


class BrowserAuthentication(SessionAuthentication):
    """The signed-in person's own browser; writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        actor = actor_for_session(request._request, via=Via.API)  # noqa: SLF001
        return (found[0], actor) if actor else None


class DoorPermission(BasePermission):
    """Opens API routes by the same table as pages."""

    message = "None of your roles, or none of this token's scopes, opens this."

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        match = request._request.resolver_match  # noqa: SLF001
        door = entrance(match.view_name if match else "", request.method or "GET")
        if door is None:
            return False
        return door is Door.PUBLIC or admits(door, actor_or_none(request))


def actor_or_none(request: Request) -> Actor | None:
    """Return the ``Actor`` that authentication found, or None on a public route."""
    return request.auth if isinstance(request.auth, Actor) else None
