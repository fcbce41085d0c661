"""What the shell shows on every page: navigation by permission, product, organisation."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from governance.access.actors import actor_for_session
from governance.access.doors import admits, entrance
from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    icon: str
    active: bool


_NAVIGATION = (
    ("Home", "portal:home", "home"),
    ("Portfolio", "catalog:model-list", "stack"),
    ("Use cases", "catalog:use_case-list", "target"),
    ("Data", "catalog:dataset-list", "database"),
    ("Runs", "runs:run-list", "activity"),
    ("Cases", "approvals:case-list", "scale"),
    ("Costs", "costs:overview", "chart"),
    ("Reports", "documents:report-list", "file"),
    ("Verify", "documents:report-verify", "shield"),
    ("Policies", "policies:policy-list", "book"),
    ("Trail", "portal:trail", "list"),
    ("Operations", "portal:operations", "gear"),
)
# Nouns whose pages stand under another noun's entry.
_UNDER = {
    "catalog:version": "catalog:model-list",
    "catalog:deployment": "catalog:model-list",
    "catalog:environment": "catalog:model-list",
    "catalog:dataset_version": "catalog:dataset-list",
    "runs:check": "runs:run-list",
    "approvals:step": "approvals:case-list",
    "approvals:condition": "approvals:case-list",
    "portal:trail": "portal:trail",
}

# Pages that show every team, so that a right held in one team does not reach them.
_ORGANISATION = {"portal:trail": Permission.LEDGER_VIEW}


def shell(request: HttpRequest) -> dict[str, Any]:
    actor = _actor(request)
    return {
        "nav": _items(request, actor),
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


def _items(request: HttpRequest, actor: Actor | None) -> list[NavItem]:
    match = request.resolver_match
    current = _nearest(match.view_name if match else "")
    items = []
    for label, name, icon in _NAVIGATION:
        if _is_open(name, actor):
            items.append(NavItem(label, reverse(name), icon, active=name == current))
    return items


def _is_open(name: str, actor: Actor | None) -> bool:
    door = entrance(name, "GET")
    if door is None or not admits(door, actor):
        return False
    wide = _ORGANISATION.get(name)
    return wide is None or (actor is not None and can_everywhere(actor, wide))


def _nearest(here: str) -> str:
    """Return the entry that a page belongs to: itself, else the list of its noun."""
    names = [name for _, name, _ in _NAVIGATION]
    if here in names:
        return here
    if here.startswith("costs:"):
        return "costs:overview"
    noun = here.rsplit("-", 1)[0]
    return _UNDER.get(noun, f"{noun}-list")
