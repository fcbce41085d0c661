"""Text as PDF outlines: the visible seal carries no font that could be missing or badly spaced."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

PACKAGED = Path(__file__).parent.parent / "render" / "assets" / "fonts"
SUBSETS = ("latin", "latin-ext", "greek", "cyrillic", "vietnamese")


class _PathPen(BasePen):
    """Collects PDF path operators, scaled and moved to the place of the glyph."""

    def __init__(self, glyphs: Any, scale: float, x: float, y: float) -> None:
        super().__init__(glyphs)
        self.scale, self.x, self.y, self.parts = scale, x, y, list[str]()

    def _at(self, point: tuple[float, float]) -> str:
        return f"{self.x + point[0] * self.scale:.3f} {self.y + point[1] * self.scale:.3f}"

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self.parts.append(f"{self._at(pt)} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.parts.append(f"{self._at(pt)} l")

    def _curveToOne(self, pt1: Any, pt2: Any, pt3: Any) -> None:  # noqa: N802
        self.parts.append(f"{self._at(pt1)} {self._at(pt2)} {self._at(pt3)} c")

    def _closePath(self) -> None:  # noqa: N802
        self.parts.append("h")


def outline(text: str, size: float, x: float, y: float, *, bold: bool = False) -> str:
    """Return operators that fill ``text`` at (x, y) in points; unknown characters are left out."""
    parts = []
    for char in text:
        font, glyph = _glyph(char, bold)
        if font is None:
            continue
        scale = size / font["head"].unitsPerEm
        pen = _PathPen(font.getGlyphSet(), scale, x, y)
        font.getGlyphSet()[glyph].draw(pen)
        parts.extend(pen.parts)
        x += font["hmtx"][glyph][0] * scale
    return " ".join([*parts, "f"])


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of ``text`` in points."""
    total = 0.0
    for char in text:
        font, glyph = _glyph(char, bold)
        if font is not None:
            total += font["hmtx"][glyph][0] * size / font["head"].unitsPerEm
    return total


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return ``text``, shortened with an ellipsis when it is wider than ``room`` points."""
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(f"{text}…", size, bold=bold) > room:
        text = text[:-1]
    return f"{text}…"


def _glyph(char: str, bold: bool) -> tuple[Any, str]:  # noqa: FBT001
    for path in _faces(bold):
        font = _font(path)
        if name := font.getBestCmap().get(ord(char)):
            return font, name
    return None, ""


@cache
def _faces(bold: bool) -> tuple[Path, ...]:  # noqa: FBT001
    weight = 600 if bold else 400
    named = [PACKAGED / f"noto-sans-{subset}-{weight}-normal.woff2" for subset in SUBSETS]
    found = [path for path in named if path.is_file()]
    spec = importlib.util.find_spec("matplotlib")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
        found.append(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))
    return tuple(found)


@cache
def _font(path: Path) -> TTFont:
    return TTFont(path, lazy=True)
