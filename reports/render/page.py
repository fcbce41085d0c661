"""Content → HTML (Jinja2, autoescaped). The page preview and the PDF come from the same templates.

The fragment carries no script, no inline style and no outside address, so it stands under the
strict Content-Security-Policy of the pages; ``stylesheet`` is its only dress.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from reports.render import layout, markdown, names, words
from reports.render.charts import figure_svg
from reports.render.content import Block, FigureBlock, ReportContent
from reports.render.contentjson import content_digest, settled
from reports.render.figures import Cell, Figure
from reports.render.fonts import ASSETS, fonts_dir
from reports.render.qrcode import qr_svg
from reports.render.room import room_for
from reports.render.twins import twin

DIGEST = re.compile("[0-9a-f]{64}")
LONGEST = 400  # rows of a table on paper; a cell costs a millisecond, and evidence.json has all
_WRITTEN_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?( %)?", re.ASCII)


def render_html(content: ReportContent, fonts: Path | None = None) -> Markup:
    """Return ``<article class="report">…</article>`` for the web page preview."""
    return _render("report.html.j2", content, fonts_dir(fonts), paper=False)


def render_document(content: ReportContent, fonts: Path | None = None) -> str:
    """Return the whole HTML document that the PDF is made from."""
    return str(_render("document.html.j2", content, fonts_dir(fonts), paper=True))


def stylesheet() -> str:
    """Return the rules that dress the report, for a page to serve as its own file."""
    return (ASSETS / "web" / "report.css").read_text(encoding="utf-8")


def verify_address(content: ReportContent) -> str:
    """Return the address in the QR code, or nothing when the organisation has named none."""
    base = content.control.verify_url.rstrip("/")
    return f"{base}/{words.short_code(content_digest(content))}/" if base else ""


def _render(template: str, content: ReportContent, fonts: Path, *, paper: bool) -> Markup:
    content = settled(content)
    address = verify_address(content)
    digest = content_digest(content)
    return Markup(  # noqa: S704 - autoescaped templates
        _environment()
        .get_template(template)
        .render(
            content=content,
            control=content.control,
            summary=content.summary,
            digest=digest,
            code=words.short_code(digest),
            address=address,
            paper=paper,
            chart=_charts(fonts),
            qr=qr_svg(address) if address else "",
            numbering=_numbers(content),
            room=room_for(content.summary),
            places={section.key: at for at, section in enumerate(content.sections, start=1)},
        )
    )


def _charts(fonts: Path) -> Callable[[Figure, str], Markup]:
    return lambda figure, room: figure_svg(figure, fonts, room=room)


def _numbers(content: ReportContent) -> dict[tuple[int, int], int]:
    """Return the running number of each figure by its place (section, block)."""
    places = [
        (at, nth)
        for at, section in enumerate(content.sections)
        for nth, block in enumerate(section.blocks)
        if _is_figure(block)
    ]
    return {place: number for number, place in enumerate(places, start=1)}


def _is_figure(block: Block) -> bool:
    return isinstance(block, FigureBlock)


def _aligned(rows: Sequence[Sequence[Cell]]) -> list[tuple[tuple[str, bool], ...]]:
    """Return each cell's text and whether it is a number, decimals in line down each column."""
    texts = zip(*(words.column(values) for values in zip(*rows, strict=True)), strict=True)
    return [
        tuple((text, _numeric(cell)) for text, cell in zip(line, row, strict=True))
        for line, row in zip(texts, rows, strict=True)
    ]


def _numeric(value: Cell) -> bool:
    """Whether a cell is set as a number; exact amounts come as text: ``1,234.50``, ``-4.1 %``."""
    if isinstance(value, str):
        return bool(_WRITTEN_NUMBER.fullmatch(value))
    return isinstance(value, int | float) and not isinstance(value, bool)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=words.number,
        interval=words.interval,
        level=words.level,
        amount=words.amount,
        span=words.span,
        measure=names.full,
        unit=names.unit,
        clamped=words.clamped,
        heading=words.heading,
        instant=words.instant,
        day=words.day,
        grouped=words.grouped,
        lines=layout.lines,
        sheets=layout.sheets,
        tally=layout.tally,
        foremost=layout.foremost,
        markdown=markdown.to_html,
        twin=twin,
        aligned=_aligned,
        verdict=words.VERDICT_WORDS.__getitem__,
        tone=words.VERDICT_TONES.__getitem__,
    )
    environment.tests["numeric"] = _numeric
    environment.tests["digest"] = lambda text: bool(DIGEST.fullmatch(text))
    environment.globals["longest"] = LONGEST
    return environment
