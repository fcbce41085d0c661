"""PDF → sealed PDF: one PAdES certification signature that permits no later change (pyHanko).

B-B without a network; B-T when the address of an RFC 3161 time-stamping service is given.
"""

import io
from datetime import UTC, datetime
from typing import Any

from reports.signing.keys import SealKey
from reports.signing.outlines import fitted, outline

FIELD = "AssaySeal"
# Points from the lower left of page one: 20 mm in, 18 mm up, 84 by 26 mm. The paper leaves it free.
SEAL_BOX = (57, 51, 295, 125)
ACCENT, INK, MUTED, WARNING = "0.122 0.227 0.373", "0.11 0.14 0.19", "0.36 0.4 0.45", "0.6 0.38 0"


class SealError(RuntimeError):
    """The file could not be sealed; the message says why in plain words."""


def seal_pdf(
    pdf: bytes,
    key: SealKey,
    *,
    reason: str,
    location: str,
    report_id: str,
    signed_at: datetime,
    tsa_url: str = "",
) -> bytes:
    """Return ``pdf`` with the seal; ``signed_at`` is aware and inside the key's validity.

    Raises ``SealError``; nothing is ever half sealed.
    """
    if signed_at.tzinfo is None:
        raise SealError("The signing time has no time zone.")
    if not key.not_before <= signed_at <= key.not_after:
        raise SealError("The seal key is not valid at the signing time.")
    try:
        return _sign(pdf, key, (reason, location, report_id), signed_at, tsa_url)
    except SealError:
        raise
    except Exception as error:
        raise SealError(f"The report could not be sealed: {error}") from error


def _sign(
    pdf: bytes, key: SealKey, words: tuple[str, str, str], signed_at: datetime, tsa_url: str
) -> bytes:
    from pyhanko.sign import fields, timestamps

    reason, location, report_id = words
    spec = fields.SigFieldSpec(
        FIELD, on_page=0, box=SEAL_BOX, readable_field_name=f"Seal of {key.organisation}"
    )
    signer = _dated(signed_at)(
        _metadata(key, reason, location),
        signer=key.signer,
        timestamper=timestamps.HTTPTimeStamper(tsa_url) if tsa_url else None,
        stamp_style=_style(_face(key, report_id, signed_at)),
        new_field_spec=spec,
    )
    target = io.BytesIO()
    signer.sign_pdf(_writer(pdf), output=target)
    return target.getvalue()


def _metadata(key: SealKey, reason: str, location: str) -> Any:
    from pyhanko.sign import fields, signers

    return signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=location,
        name=key.organisation,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        signer_key_usage={"non_repudiation"},
    )


def _style(face: Any) -> Any:
    from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    middle = AxisAlignment.ALIGN_MID
    rule = SimpleBoxLayoutRule(middle, middle, margins=Margins(0, 0, 0, 0))
    return StaticStampStyle(background=face, background_layout=rule, border_width=0)


def _writer(pdf: bytes) -> Any:
    """Return a writer that leaves ``/Version`` alone: PDF/A-3 forbids 2.0 in the catalogue."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class KeepsVersion(IncrementalPdfFileWriter):
        def ensure_output_version(self, version: object) -> None:
            """Change nothing: the file is PDF 1.7 and everything that we add stands in 1.7."""

    writer = KeepsVersion(io.BytesIO(pdf))
    if writer.prev.embedded_signatures:
        raise SealError("The file carries a signature already.")
    return writer


def _dated(moment: datetime) -> Any:
    """Return a signer whose signing time is the given instant instead of the machine's clock."""
    from pyhanko.sign.signers import PdfSigner

    class Dated(PdfSigner):
        def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:  # noqa: FBT001, FBT002
            session = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = moment.astimezone(UTC).replace(microsecond=0)
            return session

    return Dated


def _face(key: SealKey, report_id: str, signed_at: datetime) -> Any:
    """Return the seal's drawing: emblem at the left, words in outlines at the right."""
    from pyhanko.pdf_utils.content import RawContent
    from pyhanko.pdf_utils.layout import BoxConstraints

    wide, high = SEAL_BOX[2] - SEAL_BOX[0], SEAL_BOX[3] - SEAL_BOX[1]
    left, room = 68.0, wide - 74.0
    moment = signed_at.astimezone(UTC)
    when = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    parts = [
        "1 1 1 rg",
        f"0 0 {wide} {high} re f",
        f"{ACCENT} RG 0.8 w",
        f"0.4 0.4 {wide - 0.8:.1f} {high - 0.8:.1f} re S",
        _emblem(35.0, high / 2),
    ]
    lines = (
        (56.5, 5.6, True, MUTED, "SEALED BY"),
        (45.0, 9.4, True, INK, key.organisation),
        (33.8, 6.8, False, INK, f"{report_id}, {when}"),
        (24.0, 6.2, False, MUTED, "Any later change to this file breaks the seal."),
        (13.6, 6.2, True, WARNING if key.development else MUTED, _standing(key)),
    )
    for y, size, bold, colour, text in lines:
        parts.append(
            f"{colour} rg {outline(fitted(text, size, room, bold=bold), size, left, y, bold=bold)}"
        )
    return RawContent(" ".join(parts).encode(), box=BoxConstraints(width=wide, height=high))


def _standing(key: SealKey) -> str:
    if key.development:
        return "Development key: not proof of identity"
    return f"Key {key.fingerprint[:8]} {key.fingerprint[8:16]}"


def _emblem(x: float, y: float) -> str:
    """Return an assay mark: two rings, twelve ticks and a touchstone's check."""
    import math

    ticks = " ".join(
        f"{x + 20.5 * math.cos(a):.2f} {y + 20.5 * math.sin(a):.2f} m "
        f"{x + 23.5 * math.cos(a):.2f} {y + 23.5 * math.sin(a):.2f} l"
        for a in (math.tau * step / 24 for step in range(24))
    )
    check = f"2.6 w 1 J 1 j {x - 8.5} {y - 0.5} m {x - 2.5} {y - 7} l {x + 9} {y + 7.5} l S 0 J 0 j"
    return f"{ACCENT} RG 1.4 w {_ring(x, y, 26)} S 0.6 w {_ring(x, y, 18)} S {ticks} S {check}"


def _ring(x: float, y: float, r: float) -> str:
    k = r * 0.5523
    return (
        f"{x + r} {y} m {x + r} {y + k} {x + k} {y + r} {x} {y + r} c "
        f"{x - k} {y + r} {x - r} {y + k} {x - r} {y} c "
        f"{x - r} {y - k} {x - k} {y - r} {x} {y - r} c "
        f"{x + k} {y - r} {x + r} {y - k} {x + r} {y} c"
    )
