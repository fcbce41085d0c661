"""Lists: headings that sort, filters as chips, pages by cursor. All of it lives in the address."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from governance.portal.components.markup import icon
from governance.portal.components.texts import plain_number

CURSOR = "cursor"


def address(request: HttpRequest | None, **changes: object) -> str:
    """Return this page's query with ``changes``; None or "" takes a key out.

    The cursor always goes: it belongs to one order and one filter.
    """
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query.pop(CURSOR, None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


def heading(
    request: HttpRequest | None,
    label: str,
    key: str = "",
    default: str = "",
    *,
    right: bool = False,
) -> SafeString:
    """Return a ``<th>``; with ``key`` it links to this list sorted by it, then the other way round.

    ``default`` is the order in force when the address names none, e.g. ``-created``.
    """
    css = format_html(' class="a-right"') if right else ""
    if not key:
        return format_html('<th scope="col"{}>{}</th>', css, label)
    current = (request.GET.get("sort") if request else "") or default
    down = current == f"-{key}"
    up = current == key
    link = address(request, sort=f"-{key}" if up else key)
    sorting = format_html(' aria-sort="{}"', "descending" if down else "ascending")
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}{}</a></th>',
        css,
        sorting if up or down else "",
        link,
        label,
        icon("sort-down" if down else "sort-up" if up else "sort"),
    )


def pager(
    request: HttpRequest | None,
    page: Any,
    noun: str = "rows",
    total: int | None = None,
    *,
    estimated: bool = False,
) -> dict[str, Any]:
    """Return what ``ui/pager.html`` shows of a keyset page (``items``, ``next_cursor``).

    A page by cursor has no number, so it offers the first and the next; back is the browser's.
    """
    following, counted = page.next_cursor, len(page.items) if total is None else total
    return {
        "shown": plain_number(len(page.items)),
        "noun": _one(noun) if counted == 1 else noun,
        "total": None if total is None else plain_number(total),
        "estimated": estimated,
        "first": address(request) if request and request.GET.get(CURSOR) else "",
        "next": address(request) + f"&{CURSOR}={following}" if following else "",
    }


def _one(noun: str) -> str:
    """Return the singular: ``policies`` is ``policy``, ``batches`` is ``batch``."""
    if noun.endswith(("ches", "shes")):
        return noun[:-2]
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")


def chips(request: HttpRequest | None, form: forms.BaseForm) -> dict[str, Any]:
    """Return what ``ui/chips.html`` shows: each filter in force, and the address without it."""
    cleaned: Mapping[str, Any] = getattr(form, "cleaned_data", {})
    found = [
        {
            "label": str(form[name].label),
            "text": _words(form, name, value),
            "url": address(request, **{form.add_prefix(name): None}),
        }
        for name, value in cleaned.items()
        if _set(value) and name in form.fields and not form[name].is_hidden
    ]
    cleared = {form.add_prefix(name): None for name in form.fields}
    return {"chips": found, "clear": address(request, **cleared)}


def _set(value: object) -> bool:
    if value in (None, "", False):
        return False
    return not (isinstance(value, list | tuple) and not value)


def _words(form: forms.BaseForm, name: str, value: object) -> str:
    if value is True:
        return "yes"
    many = value if isinstance(value, list | tuple) else [value]
    offered = getattr(form.fields[name], "choices", None)
    named = {str(key): str(text) for key, text in offered} if isinstance(offered, list) else {}
    return ", ".join(named.get(str(one), str(one)) for one in many)
