"""The QR code that asks "is this still current?", as SVG (segno)."""

import io

from markupsafe import Markup


def qr_svg(address: str) -> Markup:
    """Return an inline SVG of 1 unit a module, without inline style; medium error correction."""
    import segno

    target = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(
        target,
        kind="svg",
        xmldecl=False,
        svgns=True,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
        border=0,
        dark="#14213d",
        title=f"QR code: {address}",
    )
    return Markup(target.getvalue().decode())  # noqa: S704 - segno escapes the title
