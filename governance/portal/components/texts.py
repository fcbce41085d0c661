"""Digests, people, times, numbers: how a single value is written."""

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from governance.kernel import money
from governance.portal.components.markup import NOTHING, icon

SIGNIFICANT = 4
LARGE = 10_000
SMALL = 1e-4


def digest(
    value: str | None, length: int = 12, label: str = "SHA-256", *, full: bool = False
) -> SafeString:
    """Return a digest cut to ``length``, whole on hover and focus, with a button that copies it."""
    if not value:
        return NOTHING
    head, tail = (value, "") if full else (value[:length], value[length:])
    rest = format_html("<span data-dots>…</span><span data-rest>{}</span>", tail) if tail else ""
    return format_html(
        '<span class="a-digest"><code title="{} {}">{}{}</code>'
        '<button type="button" class="a-copy a-js" data-copy="{}" aria-label="Copy {} {}">{}'
        "</button></span>",
        label,
        value,
        head,
        rest,
        value,
        label,
        value[:length],
        icon("copy", "s"),
    )


def person(who: Any, role: str = "", url: str = "") -> SafeString:
    """Return a person's mark and name. ``who`` is a user, or a name already known."""
    if not who:
        return NOTHING
    name = _name(who)
    words = [part for part in name.replace(".", " ").replace("@", " ").split() if part]
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"
    shown = format_html('<a href="{}">{}</a>', url, name) if url else name
    note = format_html(" <small>{}</small>", role) if role else ""
    return format_html(
        '<span class="a-person"><span class="a-person-mark" aria-hidden="true">{}</span>'
        "<span>{}{}</span></span>",
        initials,
        shown,
        note,
    )


def roles(held: str | Iterable[str]) -> str:
    """Return roles as people write them; the ledger notes them as ``developer+model_owner``."""
    names = held.split("+") if isinstance(held, str) else held
    return ", ".join(sorted(str(name).replace("_", " ") for name in names))


def _name(who: Any) -> str:
    if callable(full := getattr(who, "get_full_name", None)) and (found := str(full()).strip()):
        return found
    return str(getattr(who, "name", "") or who)


def when(value: Any, style: str = "datetime") -> SafeString:
    """Return a ``<time>``; ``style`` is ``datetime``, ``date`` or ``relative``.

    The server writes UTC and says so; the page's script rewrites it in the reader's zone and leaves
    UTC in the title. Accepts a datetime (naive ones are UTC), a date, an ISO string or nothing.
    """
    moment = _moment(value)
    if moment is None:
        return NOTHING
    if not isinstance(moment, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _day(moment))
    utc = moment.astimezone(dt.UTC)
    stamp = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{_day(utc)}, {utc:%H:%M} UTC"
    if style == "date":
        text = _day(utc)
    elif style == "relative":
        text = _relative(moment)
    return format_html(
        '<time datetime="{}" data-when="{}" title="{}">{}</time>',
        stamp,
        style,
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        text,
    )


def _moment(value: Any) -> dt.datetime | dt.date | None:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return value if isinstance(value, dt.date) else None


def _day(value: dt.date) -> str:
    return f"{value.day} {value:%b %Y}"


def _relative(moment: dt.datetime) -> str:
    now = timezone.now()
    if abs(now - moment) < dt.timedelta(minutes=1):
        return "just now"
    if moment > now:
        return f"in {timeuntil(moment, now, depth=1)}"
    return f"{timesince(moment, now, depth=1)} ago"


def plain_number(value: Any, digits: int | None = None) -> str:
    """Return a number as people read it: thousands apart, four significant figures by default."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if digits is not None:
        return f"{value:,.{digits}f}"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= LARGE):
        return f"{int(value):,}"
    if value and abs(value) < SMALL:
        return f"{value:.1e}"
    places = SIGNIFICANT - 1 - (math.floor(math.log10(abs(value))) if value else 0)
    return f"{value:,.{min(max(places, 0), SIGNIFICANT)}f}"


def number(value: Any, digits: int | None = None, unit: str = "") -> SafeString:
    """Return a number in tabular figures, with its unit when it has one."""
    if value is None:
        return NOTHING
    tail = format_html(" {}", unit) if unit else ""
    return format_html('<span class="a-num">{}{}</span>', plain_number(value, digits), tail)


def amount(units: int | None, currency: str = "", *, exact: bool = False) -> SafeString:
    """Return money as a statement prints it, the exact amount on hover; ``exact`` shows that."""
    if units is None:
        return NOTHING
    whole = money.to_text(units)
    shown = whole if exact else money.printed(units, currency)
    tail = format_html(" {}", currency) if currency else ""
    return format_html('<span class="a-num" title="{}">{}{}</span>', whole, shown, tail)


def keys(*names: str) -> SafeString:
    """Return a hint of keys to press."""
    return format_html_join(" ", '<kbd class="a-kbd">{}</kbd>', ((name,) for name in names))
