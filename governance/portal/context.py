"""What the shell shows on every page: navigation by permission, product, organisation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from governance.access.actors import actor_for_session
from governance.kernel.actor import Actor
from governance.portal.navigation import menu


def shell(request: HttpRequest) -> dict[str, Any]:
    actor = _actor(request)
    match = request.resolver_match
    return {
        "nav": menu(actor, match.view_name if match else ""),
        "actor": actor,
        "product_version": settings.ASSAY_VERSION,
        "organisation": settings.ASSAY_ORGANISATION,
        "theme": request.COOKIES.get("assay-theme", "auto"),
        "embedded_database": settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
    }


def _actor(request: HttpRequest) -> Actor | None:
    """Return who asks, also where no page was found and so no door has asked yet."""
    if hasattr(request, "actor"):
        return request.actor or None
    return actor_for_session(request) if hasattr(request, "user") else None
