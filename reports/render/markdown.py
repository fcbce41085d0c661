"""Markdown from people → safe HTML. CommonMark without HTML, links or images, then sanitised.

Two fences, since each has failed elsewhere: the parser never emits what is not allowed here, and
the sanitiser removes it if it did.
"""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "em", "strong", "code", "ul", "ol", "li", "br", "blockquote"}


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False}
    disabled = ["image", "link", "autolink", "html_inline", "html_block", "reference", "heading"]
    return MarkdownIt("commonmark", options).disable([*disabled, "lheading", "fence", "code", "hr"])


def to_html(text: str) -> Markup:
    """Return the safe HTML of ``text``; control characters, which XML cannot hold, are dropped."""
    clean = "".join(char for char in text if char in "\n\t" or ord(char) >= ord(" "))
    return Markup(nh3.clean(_parser().render(clean), tags=TAGS, attributes={}))  # noqa: S704
