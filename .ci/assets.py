"""Copies the front-end files that are used out of node_modules; there is no bundler.

Pages take theirs from `governance/portal/static/vendor/`, PDFs their fonts from
`reports/render/assets/fonts/`. Both folders belong to this script: they are emptied first.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "governance/portal/static/vendor"
FONTS = ROOT / "reports/render/assets/fonts"

FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "alpine/alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
}
PAGE_FONT = "@fontsource-variable/inter"
PAGE_FONT_FILES = ("inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2")
FONT_FILES = {
    "noto-sans": ("400-normal", "400-italic", "500-normal", "600-normal", "700-normal"),
    "noto-sans-mono": ("400-normal", "700-normal"),
}
SUBSETS = ("latin", "latin-ext", "greek", "cyrillic", "vietnamese")

# Hashed static names demand that every referenced file exists; maps are not shipped.
SOURCE_MAP = re.compile(rb"\n?(?:/\*|//)# sourceMappingURL=\S+(?:\s*\*/)?\s*$")


def copy_pages() -> int:
    """Copies styles and scripts without their source-map line; returns the number of files."""
    for target, source in FILES.items():
        destination = VENDOR / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()) + b"\n")
    return len(FILES)


def copy_page_font() -> int:
    folder = VENDOR / "inter"
    folder.mkdir(parents=True)
    shutil.copyfile(MODULES / PAGE_FONT / "LICENSE", folder / "LICENSE.txt")
    for name in PAGE_FONT_FILES:
        shutil.copyfile(MODULES / PAGE_FONT / "files" / name, folder / name)
    return len(PAGE_FONT_FILES)


def copy_paper_fonts() -> int:
    """Copies the woff2 files of every subset that a face has; returns the number of files."""
    FONTS.mkdir(parents=True)
    copied = 0
    for family, faces in FONT_FILES.items():
        source = MODULES / "@fontsource" / family
        shutil.copyfile(source / "LICENSE", FONTS / f"{family}.LICENSE.txt")
        for face in faces:
            for subset in SUBSETS:
                name = f"{family}-{subset}-{face}.woff2"
                if (source / "files" / name).exists():
                    shutil.copyfile(source / "files" / name, FONTS / name)
                    copied += 1
    return copied


def main() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    shutil.rmtree(FONTS, ignore_errors=True)
    copied = copy_pages() + copy_page_font() + copy_paper_fonts()
    print(f"Copied {copied} front-end files.")


if __name__ == "__main__":
    main()
