"""A library's SVG → inline SVG that a strict Content-Security-Policy lets through.

Style attributes become presentation attributes, style elements go, and identifiers are given the
figure's key, so that two drawings on one page do not meet.
"""

import re
from xml.etree import ElementTree as ET

from markupsafe import Markup

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
FACES = "Assay Sans, Noto Sans, Assay Math, DejaVu Sans, sans-serif"


def plain_svg(data: bytes, key: str, title: str) -> Markup:
    """Return the drawing without prolog, metadata, style elements and style attributes."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(data)  # noqa: S314 - our own drawing
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}:
                parent.remove(child)
    prefix = re.sub(r"[^a-z0-9]+", "-", key.lower())
    for node in root.iter():
        _rewrite(node, prefix)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.attrib.update(
        {
            "class": "chart",
            "role": "img",
            "aria-label": title,
            "stroke-linejoin": "round",
            "stroke-linecap": "butt",
        }
    )
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - built by ElementTree


def _rewrite(node: ET.Element, prefix: str) -> None:
    for part in node.attrib.pop("style", "").split(";"):
        name, _, value = part.partition(":")
        if value:
            node.set(name.strip(), value.strip())
    if "font-family" in node.attrib:
        node.set("font-family", FACES)
    if identifier := node.get("id"):
        node.set("id", f"{prefix}-{identifier}")
    if target := node.get(f"{{{XLINK}}}href"):
        node.set(f"{{{XLINK}}}href", f"#{prefix}-{target.removeprefix('#')}")
    for name in ("clip-path", "fill"):
        if (value := node.get(name, "")).startswith("url(#"):
            node.set(name, f"url(#{prefix}-{value.removeprefix('url(#')}")
