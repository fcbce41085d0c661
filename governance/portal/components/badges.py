"""Verdicts and states: always a colour, an icon and a word, so that none carries meaning alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from governance.portal.components.markup import icon


@dataclass(frozen=True, slots=True)
class Look:
    """``tone`` names a set of colours in components.css; ``busy`` turns the icon."""

    tone: str
    icon: str
    word: str = ""
    busy: bool = False


VERDICTS: dict[str, Look] = {
    "pass": Look("pass", "check", "Pass"),
    "fail": Look("fail", "cross", "Fail"),
    "insufficient evidence": Look("warn", "question", "Insufficient evidence"),
    "error": Look("error", "bang", "Error"),
}
NOT_RUN = Look("neutral", "ring", "Not run")

_DONE = Look("pass", "check")
_CONDITIONS = Look("warn", "half")
_REFUSED = Look("fail", "ban")
_WAITING = Look("neutral", "ring")
_UNDER_WAY = Look("info", "eye")
_BUSY = Look("info", "spin", busy=True)
_OVER = Look("neutral", "archive")
_LATE = Look("warn", "clock")
_BROKEN = Look("error", "bang")

STATES: dict[str, Look] = {
    **dict.fromkeys(("approved", "allow", "allowed", "completed", "done", "signed"), _DONE),
    "in favour": _DONE,
    **dict.fromkeys(("in use", "active", "current", "effective", "healthy", "yes"), _DONE),
    "authentic, current": Look("pass", "seal"),
    "authentic": Look("pass", "seal"),
    **dict.fromkeys(("approved with conditions", "conditions", "interim"), _CONDITIONS),
    "in favour, with conditions": _CONDITIONS,
    **dict.fromkeys(("rejected", "refuse", "refused", "suspended", "altered", "against"), _REFUSED),
    **dict.fromkeys(("recalled", "revoked", "key revoked", "not ours", "breach"), _REFUSED),
    **dict.fromkeys(("draft", "pending", "queued", "proposed", "waiting", "open"), _WAITING),
    **dict.fromkeys(("in review", "submitted", "in validation", "triaged"), _UNDER_WAY),
    **dict.fromkeys(("in development", "frozen"), _UNDER_WAY),
    "running": _BUSY,
    "checking": _BUSY,
    **dict.fromkeys(("withdrawn", "retired", "retiring", "superseded", "cancelled"), _OVER),
    **dict.fromkeys(("not a model", "duplicate", "abstained", "abstain"), _OVER),
    **dict.fromkeys(("expired", "lapsed", "expiring", "overdue"), _LATE),
    "restricted": Look("warn", "lock"),
    "needs evidence": Look("warn", "question"),
    **dict.fromkeys(("failed", "cannot be verified"), _BROKEN),
}
UNKNOWN = Look("neutral", "dot")


def _plain(value: object) -> str:
    return str(value or "").replace("_", " ").replace("-", " ").strip().lower()


@lru_cache(maxsize=256, typed=True)
def _badge(look: Look, word: str, classes: str, title: str) -> SafeString:
    hint = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<span class="a-badge {}" data-tone="{}"{}>{}{}</span>',
        f"{classes} a-badge-busy" if look.busy else classes,
        look.tone,
        hint,
        icon(look.icon),
        word,
    )


def verdict(value: object, size: str = "", title: str = "") -> SafeString:
    """Return the badge of a check's verdict; anything but the four verdicts reads "Not run"."""
    look = VERDICTS.get(_plain(value), NOT_RUN)
    return _badge(
        look, look.word, "a-badge-verdict a-badge-l" if size else "a-badge-verdict", title
    )


def status(value: object, label: str = "", tone: str = "", size: str = "") -> SafeString:
    """Return the badge of a state. ``label`` replaces the word, ``tone`` the colours.

    A state that the table does not know keeps its word beside a neutral dot.
    """
    plain = _plain(value)
    look = STATES.get(plain, UNKNOWN)
    if tone:
        look = Look(tone, look.icon, busy=look.busy)
    word = label or plain[:1].upper() + plain[1:]
    return _badge(look, word or "Unknown", "a-badge-l" if size else "", "")


def tally(counts: Mapping[object, int], *, short: bool = False) -> SafeString:
    """Return how many checks had which verdict, worst first; verdicts with none are left out.

    ``short`` is for the cells of a table: the word is in the title and for screen readers.
    """
    order = ("error", "fail", "insufficient evidence", "pass")
    known = {_plain(key): count for key, count in counts.items()}
    shown = [(VERDICTS[key], known[key]) for key in order if known.get(key)]
    hidden = "a-sr" if short else ""
    items = format_html_join(
        "",
        '<li data-tone="{}" title="{}">{}{} <span class="{}">{}</span></li>',
        (
            (look.tone, look.word, icon(look.icon, "s"), count, hidden, look.word.lower())
            for look, count in shown
        ),
    )
    return format_html('<ul class="a-tally">{}</ul>', items)
