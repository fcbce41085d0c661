"""What the pages share: parts of apps above, found by name; forms; lists; the team facet."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from governance.access.doors import admits, entrance
from governance.access.models import Team
from governance.access.requests import ActorRequest
from governance.kernel.actor import Actor
from inventory.catalog.forms.base import CatalogForm

SIZE = 50
MOST_OFFERED = 300


def place(actor: Actor, name: str, *args: Any) -> str:
    """Return another app's page; "" when there is none or the actor may not enter."""
    door = entrance(name, "GET")
    if door is None or not admits(door, actor):
        return ""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def form_page(
    request: ActorRequest, template: str, form: CatalogForm, **context: Any
) -> HttpResponse:
    """Show a form; what was refused answers 422 with everything typed kept."""
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, **context}, status=status)


def sent(request: ActorRequest) -> tuple[Any, Any]:
    """Return what a form binds to: the body and its files, or nothing on a first look."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def order_of(
    request: ActorRequest, known: dict[str, tuple[str, ...]], usual: str
) -> tuple[str, ...]:
    """Return the order that ``?sort=`` asks for; an unknown one is the usual one."""
    asked = request.GET.get("sort") or usual
    down, name = asked.startswith("-"), asked.removeprefix("-")
    if name not in known:
        down, name = usual.startswith("-"), usual.removeprefix("-")
    return tuple(f"-{field}" if down else field for field in known[name])


def team_choices(rows: Any) -> list[tuple[str, str]]:
    """Return the teams that own some of ``rows`` (a visible queryset)."""
    owners = Team.objects.filter(pk__in=rows.order_by().values("team_id"))
    return list(owners.order_by("name").values_list("slug", "name"))


def tab_items(app_noun: str, pk: uuid.UUID, *tabs: str) -> list[dict[str, str]]:
    """Return tabs by address: the first is the thing's own page, the others ``noun-tab``."""
    named = [("Overview", "detail"), *((tab.capitalize(), tab) for tab in tabs)]
    return [
        {"label": label, "url": reverse(f"catalog:{app_noun}-{tab}", args=[pk])}
        for label, tab in named
    ]


def keys_of(items: Any) -> list[uuid.UUID]:
    return [item["id"] if isinstance(item, dict) else item.pk for item in items]


def key_of(raw: str) -> uuid.UUID | None:
    """Return a key out of the address; None when it is not one."""
    try:
        return uuid.UUID(raw)
    except ValueError:
        return None
