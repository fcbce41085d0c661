"""``{% load ui %}``: the components as template tags. The style guide page shows each of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from governance.portal.components import badges, figures, forms, markup, measures, tables, texts

register = template.Library()

register.simple_tag(markup.icon, name="icon")
register.simple_tag(badges.verdict, name="verdict")
register.simple_tag(badges.status, name="status")
register.simple_tag(badges.tally, name="tally")
register.simple_tag(texts.digest, name="digest")
register.simple_tag(texts.person, name="person")
register.filter("roles", texts.roles)
register.simple_tag(texts.when, name="when")
register.simple_tag(texts.number, name="number")
register.simple_tag(texts.amount, name="money")
register.simple_tag(texts.keys, name="keys")
register.simple_tag(measures.measure, name="measure")
register.inclusion_tag("ui/figure.html", name="figure")(figures.figure)
register.inclusion_tag("ui/table.html", name="data_table")(figures.table)
register.inclusion_tag("ui/field.html", name="field")(forms.field)
register.inclusion_tag("ui/fields.html", name="form_fields")(forms.form_fields)
register.inclusion_tag("ui/errors.html", name="error_summary")(forms.error_summary)
register.inclusion_tag("ui/file_drop.html", name="file_drop")(forms.file_drop)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """Write this page's query with some keys changed: ``{% query format="csv" %}``."""
    return tables.address(context.get("request"), **changes)


@register.simple_tag(takes_context=True)
def th(
    context: template.Context, label: str, key: str = "", default: str = "", *, right: bool = False
) -> SafeString:
    return tables.heading(context.get("request"), label, key, default, right=right)


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(
    context: template.Context,
    page: Any,
    noun: str = "rows",
    total: int | None = None,
    *,
    estimated: bool = False,
) -> dict[str, Any]:
    return tables.pager(context.get("request"), page, noun, total, estimated=estimated)


@register.inclusion_tag("ui/chips.html", takes_context=True)
def chips(context: template.Context, form: Any) -> dict[str, Any]:
    return tables.chips(context.get("request"), form)


@register.simple_tag
def crumb(label: str, url: str = "") -> SafeString:
    """Write one place of the breadcrumbs; the last one has no address and is this page."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    return format_html('<li><span aria-current="page">{}</span></li>', label)


@register.inclusion_tag("ui/progress.html")
def progress(
    value: float, total: float, label: str = "", note: str = "", left: str = ""
) -> dict[str, Any]:
    """Show how far work has come; ``left`` says in words how long it will still take."""
    share = min(max(value / total, 0), 1) if total else 0
    return {
        "value": value,
        "total": total,
        "share": round(100 * share),
        "label": label,
        "note": note,
        "left": left,
    }


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: Any, note: str = "", url: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "url": url}


@register.inclusion_tag("ui/facts.html")
def facts(
    pairs: Mapping[str, Any] | Iterable[tuple[str, Any]], layout: str = "rows"
) -> dict[str, Any]:
    """Show names and values; values made by other tags keep their markup, all else is escaped."""
    found = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {"pairs": list(found), "layout": layout}


@register.simple_block_tag
def factlist(content: str, layout: str = "rows") -> SafeString:
    return format_html('<dl class="a-facts a-facts-{}">{}</dl>', layout, content)


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    shown = content if content.strip() else markup.NOTHING
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, shown)


@register.simple_block_tag
def panel(
    content: str,
    title: str = "",
    id: str = "",  # noqa: A002
    actions: str = "",
    *,
    flush: bool = False,
) -> str:
    """Frame content. ``actions`` is markup made before, ``flush`` lets a table touch the edges."""
    values = {"content": content, "title": title, "id": id, "actions": actions, "flush": flush}
    return render_to_string("ui/panel.html", values)


@register.simple_block_tag
def callout(content: str, title: str = "", tone: str = "info", symbol: str = "") -> str:
    """Say something that must not be missed; ``tone``: info, pass, warn, fail, error, neutral."""
    usual = {"pass": "check", "warn": "alert", "fail": "ban", "error": "alert"}
    chosen = symbol or usual.get(tone, "info")
    values = {"content": content, "title": title, "tone": tone, "icon": chosen}
    return render_to_string("ui/callout.html", values)


@register.simple_block_tag
def empty(
    content: str, title: str, symbol: str = "archive", url: str = "", action: str = ""
) -> str:
    """Stand where a list will be; the content says what to do first."""
    values = {"content": content, "title": title, "icon": symbol, "url": url, "action": action}
    return render_to_string("ui/empty.html", values)


@register.simple_block_tag
def steps(content: str, label: str = "") -> SafeString:
    named = format_html(' aria-label="{}"', label) if label else ""
    return format_html('<ol class="a-steps"{}>{}</ol>', named, content)


@register.simple_block_tag
def step(content: str, title: str, state: str = "", at: Any = None, who: Any = None) -> str:
    """One step of a case or one event of a history; ``state`` is any state or verdict."""
    plain = str(state or "").replace("_", " ").lower()
    look = badges.VERDICTS.get(plain) or badges.STATES.get(plain) or badges.UNKNOWN
    values = {
        "content": content,
        "title": title,
        "look": look,
        "state": plain,
        "at": at,
        "who": who,
    }
    return render_to_string("ui/step.html", values)


@register.simple_block_tag(takes_context=True)
def tabs(context: template.Context, content: str, items: Iterable[Any], label: str) -> str:
    """Tabs by address: each item has ``label`` and ``url`` (and ``count``, ``active``).

    Every tab is a page of its own; with htmx only this part of it is fetched and swapped.
    """
    request = context.get("request")
    here = request.path if request else ""
    shown = [
        {**one, "active": one.get("active", one["url"].split("?")[0] == here)} for one in items
    ]
    return render_to_string("ui/tabs.html", {"content": content, "items": shown, "label": label})


@register.simple_block_tag
def poll(content: str, id: str, url: str, every: float = 2, *, live: bool = True) -> SafeString:  # noqa: A002
    """Ask ``url`` for this same part again and again until it comes back with ``live`` false."""
    if not live:
        return format_html('<div id="{}">{}</div>', id, content)
    return format_html(
        '<div id="{}" hx-get="{}" hx-trigger="every {}s" hx-swap="outerHTML">{}'
        '<noscript><p class="a-help"><a href="">Look again</a></p></noscript></div>',
        id,
        url,
        every,
        content,
    )


@register.simple_block_tag(takes_context=True)
def confirm(
    context: template.Context,
    content: str,
    action: str,
    url: str,
    verb: str = "",
    tone: str = "danger",
) -> str:
    """A button that first says what it will do; the second button sends the form.

    Fields of the form may stand in the content. Works without scripts.
    """
    values = {"content": content, "action": action, "url": url, "verb": verb or action}
    token = context.get("csrf_token")
    return render_to_string("ui/confirm.html", {**values, "tone": tone, "csrf_token": token})
