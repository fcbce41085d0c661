"""What WeasyPrint leaves undone for PDF/A-3b and for readers: repaired with pikepdf.

Empty ``/Pattern`` and ``/Shading`` dictionaries are removed (the standard's validators refuse
them), and header cells are given their ``/Scope``, so that a screen reader knows what they head.
"""

import io
from typing import Any

import pikepdf


def finish(data: bytes, digest: str) -> bytes:
    """Return the repaired file; the same bytes in give the same bytes out."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for item in pdf.objects:
            _repair(item)
        pdf.trailer.ID = pikepdf.Array([bytes.fromhex(digest[:32])] * 2)
        pdf.save(
            target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
    return target.getvalue()


def _repair(item: Any) -> None:
    if isinstance(item, pikepdf.Stream | pikepdf.Dictionary):
        for holder in (item, item.get("/Resources")):
            if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream):
                _drop_empty(holder)
        if item.get("/S") == "/TR":
            _scope(item)


def _drop_empty(holder: Any) -> None:
    for name in ("/Pattern", "/Shading"):
        value = holder.get(name)
        if isinstance(value, pikepdf.Dictionary) and not len(value):
            del holder[name]


def _scope(row: Any) -> None:
    """Mark the header cells of one row: a row of headers heads columns, a lone one its row."""
    cells = [cell for cell in row.get("/K", []) if isinstance(cell, pikepdf.Dictionary)]
    heads = [cell for cell in cells if cell.get("/S") == "/TH"]
    scope = pikepdf.Name.Column if len(heads) == len(cells) else pikepdf.Name.Row
    for cell in heads:
        attributes = cell.get("/A")
        if isinstance(attributes, pikepdf.Dictionary):
            attributes.Scope = scope
        else:
            cell.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=scope)
