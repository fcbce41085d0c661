"""Examining a stranger's file within bounds of time and memory."""

import io
import zlib

import pikepdf

from reports.signing import isolated
from reports.signing.examine import examine_pdf


def bomb(mebibytes: int) -> bytes:
    """A small PDF whose embedded evidence unfolds to ``mebibytes``."""
    packer, block = zlib.compressobj(1), bytes(1024 * 1024)
    data = b"".join(packer.compress(block) for _ in range(mebibytes)) + packer.flush()
    document = pikepdf.new()
    document.add_blank_page()
    stream = pikepdf.Stream(document, zlib.compress(data))
    stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    spec = pikepdf.Dictionary(
        Type=pikepdf.Name.Filespec,
        F="evidence.json",
        UF="evidence.json",
        EF=pikepdf.Dictionary(F=document.make_indirect(stream)),
    )
    names = pikepdf.Array([pikepdf.String("evidence.json"), document.make_indirect(spec)])
    document.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=names))
    out = io.BytesIO()
    document.save(out, compress_streams=False)
    return out.getvalue()


def test_the_child_finds_what_this_process_would_find() -> None:
    data = bomb(1)
    assert isolated.examine_pdf_isolated(data, ()) == examine_pdf(data, ())


def test_a_file_that_unfolds_beyond_bounds_is_broken_and_costs_this_process_nothing(
    monkeypatch,
) -> None:
    monkeypatch.setattr(isolated, "MEBIBYTES", 400)
    data = bomb(900)
    assert len(data) < 100_000
    found = isolated.examine_pdf_isolated(data, ())
    assert found.broken
    assert found.checks[0].passed is False


def test_what_is_no_pdf_at_all_is_answered() -> None:
    for data in (b"", b"not a pdf", b"%PDF-1.7\n"):
        assert isolated.examine_pdf_isolated(data, ()).failures
