# ruff: noqa: S607 - the independent judges are found on the path

import io
import re
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from pikepdf import pdfa

from reports.signing.seal import FIELD, SEAL_BOX, SealError, seal_pdf

WORDS = {"reason": "Issued", "location": "Boston", "report_id": "RPT-00012"}
BY_THE_VALIDATOR_NOT_SUPPORTED = {"pikepdf:schema-Catalog", "pikepdf:embedded-file"}


def test_pdfsig_finds_one_valid_signature_over_the_whole_document(sealed, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(sealed)
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature #") == 1
    assert f"Signature Field Name: {FIELD}" in said
    assert "Total document signed" in said
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said


def test_openssl_accepts_the_signature_and_its_chain(sealed, made, tmp_path):
    start, length, after, rest = map(
        int, re.search(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)", sealed).groups()
    )
    container = bytes.fromhex(sealed[start + length + 1 : after - 1].decode())
    size = int.from_bytes(container[2:4], "big") + 4
    (tmp_path / "seal.der").write_bytes(container[:size])
    (tmp_path / "signed.bin").write_bytes(sealed[:length] + sealed[after : after + rest])
    done = subprocess.run(
        [
            "openssl",
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            tmp_path / "seal.der",
            "-content",
            tmp_path / "signed.bin",
            "-CAfile",
            made.root,
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_qpdf_finds_no_fault(sealed, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(sealed)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_seal_certifies_against_every_change(sealed):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        reference = pdf.Root.Perms.DocMDP.Reference[0]
        assert reference.TransformMethod == "/DocMDP"
        assert reference.TransformParams.P == 1


def test_the_visible_seal_stands_on_page_one_where_the_paper_leaves_room(sealed):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        widgets = [a for a in pdf.pages[0].Annots if a.get("/Subtype") == "/Widget"]
        assert [int(v) for v in widgets[0].Rect] == list(SEAL_BOX)
        assert widgets[0].TU == "Seal of Northern Bank"
        assert "/Font" not in widgets[0].AP.N.get("/Resources", {})


def test_sealing_keeps_the_version_that_pdf_a_3_demands(sealed):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert "/Version" not in pdf.Root
        assert pdf.pdf_version == "1.7"
        found = {finding.rule for finding in pdfa.check(pdf, pdfa.Flavour("3b")).findings}
    assert found <= BY_THE_VALIDATOR_NOT_SUPPORTED


def test_sealing_only_appends(rendered, sealed):
    assert sealed.startswith(rendered)


def test_the_signing_time_is_the_given_one(sealed, signed_at):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        stated = str(pdf.Root.Perms.DocMDP.M)
    assert stated.startswith(f"D:{signed_at:%Y%m%d%H%M%S}")


def test_a_sealed_file_is_not_sealed_again(sealed, key, signed_at):
    with pytest.raises(SealError, match="signature already"):
        seal_pdf(sealed, key, signed_at=signed_at, **WORDS)


def test_a_key_outside_its_validity_does_not_seal(rendered, key):
    with pytest.raises(SealError, match="not valid"):
        seal_pdf(rendered, key, signed_at=key.not_after + timedelta(days=1), **WORDS)
    with pytest.raises(SealError, match="time zone"):
        seal_pdf(rendered, key, signed_at=key.not_after.replace(tzinfo=None), **WORDS)


def test_what_is_no_pdf_is_not_sealed(key, signed_at):
    with pytest.raises(SealError, match="could not be sealed"):
        seal_pdf(b"hello", key, signed_at=signed_at, **WORDS)


def test_a_long_or_foreign_name_fits_the_seal(rendered, key, signed_at):
    import dataclasses

    named = dataclasses.replace(key, organisation="Żółć Кредит \N{SNOWMAN} " * 12)
    assert seal_pdf(rendered, named, signed_at=signed_at, **WORDS).startswith(b"%PDF")
