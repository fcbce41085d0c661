"""Icons, and what every other component writes with."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SPRITE = "portal/icons.svg"
NOTHING = mark_safe(
    '<span class="a-quiet"><span aria-hidden="true">—</span><span class="a-sr">none</span></span>'
)


@lru_cache(maxsize=256, typed=True)
def icon(name: str, size: str = "", label: str = "", extra: str = "") -> SafeString:
    """Return one symbol of the sprite; ``size`` is ``s``, ``l`` or empty.

    Without ``label`` it is hidden from screen readers: an icon always stands beside its word. The
    cache is typed, so that safe and unsafe text of the same letters never answer for each other.
    """
    classes = " ".join(filter(None, ("a-icon", f"a-icon-{size}" if size else "", extra)))
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            classes,
            label,
            static(SPRITE),
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static(SPRITE),
        name,
    )
