"""Attacks on a sealed report, one class after the other; none may pass."""

import io
import random

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from governance.kernel.canonical import sha256_hex
from reports.render.contentjson import content_digest
from reports.signing.answer import Kind, Standing, conclude
from reports.signing.examine import examine_pdf
from reports.signing.keys import init_keys, load_key, load_roots
from reports.signing.seal import seal_pdf
from tests.reports.render.sample import report


def failed(examination):
    return {check.name for check in examination.failures}


def rewritten(data, change):
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(target)
    return target.getvalue()


def verdict(data, sealed, roots):
    """The answer of a verifier whose ledger holds the true file."""
    examination = examine_pdf(data, roots, expected_sha256=sha256_hex(sealed))
    issued = sha256_hex(data) == sha256_hex(sealed)
    return conclude(
        examination, Standing(issued=issued, known=examination.report_id == "RPT-00012")
    )


def test_the_true_file_passes_every_check(sealed, roots):
    found = examine_pdf(
        sealed, roots, expected_sha256=sha256_hex(sealed), expected_content=content_digest(report())
    )
    assert failed(found) == set()
    assert all(check.passed for check in found.checks)
    assert found.report_id == "RPT-00012"
    assert found.content_digest == content_digest(report())
    assert found.development
    assert verdict(sealed, sealed, roots).kind is Kind.CURRENT


def test_without_a_digest_from_the_ledger_that_question_stays_open(sealed, roots):
    found = examine_pdf(sealed, roots)
    assert [check.name for check in found.checks if check.passed is None] == ["file-digest"]
    assert conclude(found, None).kind is Kind.CANNOT


def test_a_flipped_bit_anywhere_is_found(sealed, roots):
    places = random.Random(20261123).sample(range(len(sealed)), 60)
    container = sealed.index(b"/Contents <") + 20
    for place in [0, len(sealed) - 1, container, container + 4000, *places]:
        broken = bytearray(sealed)
        broken[place] ^= 1 << (place % 8)
        assert verdict(bytes(broken), sealed, roots).kind in {Kind.ALTERED, Kind.NOT_OURS}


def test_a_flipped_bit_outside_the_container_is_found_without_a_ledger(sealed, roots):
    start = sealed.index(b"/Contents <")
    end = sealed.index(b">", start)
    places = [p for p in random.Random(7).sample(range(len(sealed)), 60) if not start <= p <= end]
    for place in places:
        broken = bytearray(sealed)
        broken[place] ^= 1 << (place % 8)
        assert examine_pdf(bytes(broken), roots).failures


def test_a_truncated_file_is_altered_and_nothing_crashes(sealed, roots):
    for share in (0.1, 0.5, 0.9, 0.999):
        cut = sealed[: int(len(sealed) * share)]
        assert verdict(cut, sealed, roots).kind is Kind.ALTERED


def test_bytes_added_behind_are_found(sealed, roots):
    assert "coverage" in failed(examine_pdf(sealed + b"\n% nothing\n", roots)) or (
        examine_pdf(sealed + b"\n% nothing\n", roots).broken
    )
    assert verdict(sealed + b"\n", sealed, roots).kind is Kind.ALTERED


def test_an_incremental_save_is_found(sealed, roots):
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/PageMode"] = NameObject("/UseOutlines")
    writer.update_root()
    target = io.BytesIO()
    writer.write(target)
    found = examine_pdf(target.getvalue(), roots)
    assert "coverage" in failed(found)
    assert "unmodified" in failed(found)
    assert verdict(target.getvalue(), sealed, roots).kind is Kind.ALTERED


def test_a_shadow_page_put_over_the_first_is_found(sealed, roots):
    def change(pdf):
        pdf.pages[0].contents_add(b"1 1 1 rg 0 0 600 850 re f", prepend=False)

    broken = rewritten(sealed, change)
    assert examine_pdf(broken, roots).failures
    assert verdict(broken, sealed, roots).kind is Kind.ALTERED


def test_a_stripped_seal_is_found(sealed, roots):
    def change(pdf):
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        del pdf.pages[0].Annots

    broken = rewritten(sealed, change)
    found = examine_pdf(broken, roots)
    assert "one-signature" in failed(found)
    assert not found.sealed
    assert verdict(broken, sealed, roots).kind is Kind.ALTERED
    assert conclude(found, None).kind is Kind.NOT_OURS


class Unruly(signers.PdfSigner):
    """Signs even where the certification forbids it, as an attacker's tool would."""

    def _enforce_certification_constraints(self, reader):  # noqa: ARG002
        return


def test_a_second_signature_is_found(sealed, roots, key):
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    target = io.BytesIO()
    meta = signers.PdfSignatureMetadata(field_name="Second", signer_key_usage={"non_repudiation"})
    spec = fields.SigFieldSpec("Second")
    Unruly(meta, key.signer, new_field_spec=spec).sign_pdf(writer, output=target)
    assert "one-signature" in failed(examine_pdf(target.getvalue(), roots))
    assert verdict(target.getvalue(), sealed, roots).kind is Kind.ALTERED


def test_a_swapped_embedded_file_is_found_even_when_sealed_again(rendered, key, roots, signed_at):
    def change(pdf):
        spec = pikepdf.AttachedFileSpec(
            pdf, b'{"control":{"report_id":"RPT-00012"}}', filename="evidence.json"
        )
        del pdf.attachments["evidence.json"]
        pdf.attachments["evidence.json"] = spec

    forged = seal_pdf(
        rewritten(rendered, change),
        key,
        reason="",
        location="",
        report_id="RPT-00012",
        signed_at=signed_at,
    )
    assert failed(examine_pdf(forged, roots)) == {"evidence"}


def test_evidence_of_another_report_is_not_the_ledgers(sealed, roots):
    assert "evidence" in failed(examine_pdf(sealed, roots, expected_content="0" * 64))


def test_a_stranger_with_the_same_names_is_not_ours(rendered, roots, signed_at, tmp_path):
    stranger = load_key(init_keys(tmp_path / "k", "x", "Northern Bank").key, "x")
    forged = seal_pdf(
        rendered, stranger, reason="", location="", report_id="RPT-1", signed_at=signed_at
    )
    found = examine_pdf(forged, roots)
    assert failed(found) == {"chain"}
    assert conclude(found, None).kind is Kind.NOT_OURS
    assert conclude(found, Standing(issued=False)).kind is Kind.NOT_OURS


def test_a_certificate_for_other_use_is_not_a_seal(rendered, made, roots, signed_at, tmp_path):
    other = init_keys(tmp_path / "k", "x", "Northern Bank")
    stranger = load_key(other.key, "x")
    forged = seal_pdf(
        rendered, stranger, reason="", location="", report_id="RPT-1", signed_at=signed_at
    )
    both = (*roots, *load_roots(other.root))
    assert failed(examine_pdf(forged, both)) == set()
    assert "chain" in failed(examine_pdf(forged, ()))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"\x00" * 4096, b"%PDF-" + b"<<" * 9999],
)
def test_what_is_no_report_is_named_and_never_crashes(data, roots):
    found = examine_pdf(data, roots)
    assert not next(check for check in found.checks if check.name == "readable").passed
    assert conclude(found, Standing(issued=False)).kind in {Kind.ALTERED, Kind.NOT_OURS}


def test_an_unsealed_report_is_not_accepted(rendered, roots):
    assert "one-signature" in failed(examine_pdf(rendered, roots))
