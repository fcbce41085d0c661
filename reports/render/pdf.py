"""HTML → PDF/A-3b by WeasyPrint (imported here only), the same bytes for the same content.

WeasyPrint fetches nothing: every entry point is given ``PackagedOnly``, which knows the addresses
``assets:…`` of packaged files and refuses everything else, whatever its scheme.
"""

import io
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from governance.kernel.canonical import Json, canonical
from reports.render.content import ReportContent
from reports.render.contentjson import content_digest, settled, to_bytes
from reports.render.fonts import ASSETS, font_faces, fonts_dir, truetype
from reports.render.instructions import instructions
from reports.render.page import render_document, stylesheet
from reports.render.pdfa import finish


class RenderError(RuntimeError):
    """The report could not be rendered; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Extra:
    """One more file to embed; ``name`` is unique and plain (letters, digits, dot, hyphen)."""

    name: str
    data: bytes
    description: str


def render_pdf(
    content: ReportContent,
    *,
    ledger_proof: Json = None,
    attachments: tuple[Extra, ...] = (),
    fonts: Path | None = None,
) -> bytes:
    """Return the unsealed PDF/A-3b with ``evidence.json`` and its companions embedded.

    About 80 MB and a second for a short report, 515 MB for 200 pages: call it in a process of its
    own (``reports.render.isolated``). Raises ``RenderError``.
    """
    try:
        content = settled(content)
        files = (*_companions(content, ledger_proof), *attachments)
        return finish(_write(content, files, fonts_dir(fonts)), content_digest(content))
    except RenderError:
        raise
    except Exception as error:
        raise RenderError(f"The report could not be drawn: {error}") from error


def _companions(content: ReportContent, ledger_proof: Json) -> tuple[Extra, ...]:
    evidence = Extra("evidence.json", to_bytes(content), "Everything this report says, as data")
    verify = Extra("how-to-verify.txt", instructions(content).encode(), "How to verify this report")
    if ledger_proof is None:
        return (evidence, verify)
    proof = Extra("ledger-proof.json", canonical(ledger_proof), "Proof that the ledger holds it")
    return (evidence, proof, verify)


def _write(content: ReportContent, files: tuple[Extra, ...], fonts: Path) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    fetcher, faces = packaged_only(fonts), FontConfiguration()
    document = render_document(content, fonts)
    sheets = (font_faces(fonts, document), stylesheet(), (ASSETS / "paper.css").read_text())
    css = CSS(string="\n".join(sheets), url_fetcher=fetcher, font_config=faces, base_url="assets:/")
    html = HTML(string=document, url_fetcher=fetcher, base_url="assets:/")
    pdf = html.write_pdf(
        stylesheets=[css],
        font_config=faces,
        attachments=[_attachment(file, content.control.issued, fetcher) for file in files],
        pdf_identifier=bytes.fromhex(content_digest(content)[:32]),
        pdf_variant="pdf/a-3b",
        pdf_tags=True,
        custom_metadata=False,
    )
    return bytes(pdf)


def _attachment(file: Extra, issued: str, fetcher: Any) -> Any:
    from weasyprint import Attachment

    moment = _moment(issued)
    return Attachment(
        file_obj=io.BytesIO(file.data),
        name=file.name,
        description=file.description,
        created=moment,
        modified=moment,
        relationship="Data",
        url_fetcher=fetcher,
        base_url="assets:/",
    )


def _moment(issued: str) -> datetime:
    moment = datetime.fromisoformat(issued)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def packaged_only(fonts: Path) -> Any:
    """Return the fetcher that serves packaged fonts and nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class PackagedOnly(URLFetcher):
        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002 - its signature
            name = url.removeprefix("assets:fonts/")
            path = fonts / name
            if not url.startswith("assets:fonts/") or Path(name).name != name or not path.is_file():
                raise ValueError(f"not a packaged file: {url[:80]}")
            return URLFetcherResponse(url, truetype(path), {"Content-Type": "font/ttf"})

    return PackagedOnly(allowed_protocols=("assets",), allow_redirects=False)
