"""The packaged typefaces: woff2 files that the set-up copies here, found by their file names.

``<face>-<subset>-<weight>-<style>.woff2`` is Fontsource's naming. The folder is chosen by argument,
by ``ASSAY_FONTS_DIR`` or is ``assets/fonts``; without files the system's sans serif is used and the
report still renders.
"""

import io
import os
import re
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
BASIC = frozenset(range(0x100))  # stands in the Latin files themselves
NAME = re.compile(
    r"(?P<face>noto-sans(?:-mono|-math)?)-(?P<subset>[a-z-]+)-(?P<weight>\d+)-(?P<style>\w+)"
)
FAMILIES = {
    "noto-sans": "Assay Sans",
    "noto-sans-mono": "Assay Mono",
    "noto-sans-math": "Assay Math",
}


def fonts_dir(folder: Path | None = None) -> Path:
    """Return the folder to read faces from."""
    return folder or Path(os.environ.get("ASSAY_FONTS_DIR") or ASSETS / "fonts")


def font_faces(folder: Path, text: str) -> str:
    """Return the ``@font-face`` rules of the packaged files that ``text`` needs, in a fixed order.

    Unpacking a face costs a tenth of a second, so scripts that no character of the report belongs
    to are left out. A character stands in one file only: the plain sans goes before mathematics.
    """
    needed = {ord(char) for char in text}
    covered: set[int] = set()
    rules = []
    for match, path in _files(folder):
        codes = _codes(path) - (covered if "math" in match["face"] else set())
        covered |= codes
        latin = match["subset"] == "latin" and "math" not in match["face"]
        if wanted := codes if latin else (codes & needed) - BASIC:
            rules += [_rule(match, path, wanted)]
    return "\n".join(rules)


def _files(folder: Path) -> list[tuple[re.Match[str], Path]]:
    paths = sorted(folder.glob("*.woff2"), key=lambda path: ("math" in path.stem, path.stem))
    return [(match, path) for path in paths if (match := NAME.fullmatch(path.stem))]


def _rule(match: re.Match[str], path: Path, codes: frozenset[int] | set[int]) -> str:
    spans: list[list[int]] = []
    for code in sorted(codes):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    ranges = ", ".join(f"U+{low:X}-{high:X}" for low, high in spans)
    return (
        f'@font-face {{ font-family: "{FAMILIES[match["face"]]}"; font-weight: {match["weight"]}; '
        f'font-style: {match["style"]}; src: url("assets:fonts/{path.name}"); '
        f"unicode-range: {ranges}; }}"
    )


@cache
def _codes(path: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def truetype(path: Path) -> bytes:
    """Return a packaged face as plain TrueType, which matplotlib can read."""
    from fontTools.ttLib import TTFont

    target = io.BytesIO()
    with TTFont(path, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(target)
    return target.getvalue()
