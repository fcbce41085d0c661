"""Whatever is done to a report, the answer says so; only the true file is authentic and current."""

import hashlib
import io
import json
import random

import pikepdf
import pytest
from django.core.management import CommandError, call_command

from reports.documents import verification
from reports.documents.models import Report
from reports.documents.verification import MAX_BYTES, verify_report
from reports.render.isolated import render_pdf_isolated
from reports.signing.examine import examine_pdf
from reports.signing.keys import init_keys, load_key
from reports.signing.seal import seal_pdf
from tests.factories import documents
from tests.reports.render.sample import small

pytestmark = pytest.mark.django_db
FLIPS = 200


def answer(data):
    return verify_report(data).facts()["answer"]


def flipped(data, place, bit):
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)


def test_the_true_file_is_authentic_and_current_with_every_question_answered(issued):
    facts = verify_report(issued.data).facts()
    assert facts["answer"] == "authentic-current"
    assert facts["report"] == issued.report.public_id
    assert all(check["passed"] for check in facts["checks"])
    assert facts["development_key"] is True


def test_a_flipped_bit_anywhere_is_found(issued, monkeypatch):
    # In this process, for speed; the child's bounds have tests of their own.
    monkeypatch.setattr(verification, "examine_pdf_isolated", examine_pdf)
    chance = random.Random(20261123)
    start = issued.data.rindex(b"/Contents <")
    places = chance.sample(range(len(issued.data)), FLIPS - 20)
    places += chance.sample(range(start, min(start + 8000, len(issued.data))), 20)
    wrong = [
        place
        for place in places
        if answer(flipped(issued.data, place, chance.randrange(8)))
        in {"authentic-current", "superseded", "recalled"}
    ]
    assert wrong == []


@pytest.mark.parametrize("extra", [b"\n", b"\x00" * 100, b"%%EOF\n"])
def test_appended_bytes_are_found(issued, extra):
    assert answer(issued.data + extra) == "altered"


def test_a_file_cut_short_is_found(issued):
    assert answer(issued.data[:-10]) == "altered"
    assert answer(issued.data[: len(issued.data) // 2]) == "altered"


def test_a_file_saved_again_without_its_seal_is_altered(issued):
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(issued.data)) as pdf:
        del pdf.Root.AcroForm
        for page in pdf.pages:
            if "/Annots" in page:
                del page.Annots
        pdf.save(target)
    assert answer(target.getvalue()) == "altered"


def test_a_foreign_pdf_is_not_ours():
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(target)
    assert answer(target.getvalue()) == "not-ours"


def test_a_report_under_somebody_elses_seal_is_not_ours(tmp_path):
    made = init_keys(tmp_path / "keys", "correct horse", "Somebody Else")
    key = load_key(made.key, "correct horse")
    sealed = seal_pdf(
        render_pdf_isolated(small()),
        key,
        reason="Issued",
        location="Elsewhere",
        report_id="RPT-99999",
        signed_at=key.not_before,
    )
    assert answer(sealed) == "not-ours"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 4096, b"PK\x03\x04" * 50])
def test_what_is_no_pdf_is_not_ours(data):
    assert answer(data) == "not-ours"


def test_a_superseded_report_names_its_successor(issued):
    successor = documents.recorded(documents.requested(issued.bench))
    facts = verify_report(issued.data).facts()
    assert facts["answer"] == "superseded"
    assert successor.public_id in facts["detail"]


def test_a_recalled_report_says_why(issued):
    documents.recalled(issued.report, issued.bench.officer, "The data were wrong.")
    facts = verify_report(issued.data).facts()
    assert facts["answer"] == "recalled"
    assert "The data were wrong." in facts["detail"]


def test_a_digest_that_the_ledger_does_not_bear_out_is_not_believed(issued):
    other = documents.recorded()
    Report.objects.filter(pk=issued.report.pk).update(issued_seq=other.issued_seq)
    assert answer(issued.data) not in {"authentic-current", "superseded", "recalled"}


def test_the_ledger_proof_holds_by_itself(issued):
    with pikepdf.open(io.BytesIO(issued.data)) as pdf:
        proof = json.loads(pdf.attachments["ledger-proof.json"].get_file().read_bytes())
        evidence = json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())
    assert proof["root"] == evidence["control"]["ledger_root"]
    assert len(proof["entries"]) > 5
    for entry in proof["entries"]:
        preimage = json.loads(entry["preimage"])
        salted = bytes.fromhex(entry["salt"]) + entry["body"].encode()
        assert hashlib.sha256(salted).hexdigest() == preimage["body_digest"]
        leaf = hashlib.sha256(b"\x00" + entry["preimage"].encode()).digest()
        assert leaf.hex() == entry["entry_hash"]
        assert preimage["seq"] == entry["seq"]
        assert climbed(leaf, entry["seq"] - 1, proof["size"], entry["path"]) == proof["root"]


def climbed(node, index, size, path):
    """RFC 9162, 2.1.3.2, written down again so that the product does not judge itself."""
    last = size - 1
    for step in map(bytes.fromhex, path):
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + step + node).digest()
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + step).digest()
        index, last = index >> 1, last >> 1
    assert last == 0
    return node.hex()


def run_command(path, *options):
    """Exit status and output of ``manage.py verify_report``."""
    out = io.StringIO()
    try:
        call_command("verify_report", str(path), *options, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_command_ends_with_zero_for_the_true_file_alone(issued, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(issued.data)
    status, said = run_command(path)
    assert status == 0
    assert said.startswith("Authentic and current")
    path.write_bytes(flipped(issued.data, len(issued.data) // 2, 0))
    status, said = run_command(path)
    assert status == 1
    assert "Altered" in said
    path.write_bytes(b"")
    assert run_command(path, "--json")[0] == 1


def test_command_ends_with_one_for_a_recalled_report(issued, tmp_path):
    documents.recalled(issued.report, issued.bench.officer)
    path = tmp_path / "report.pdf"
    path.write_bytes(issued.data)
    assert run_command(path)[0] == 1


def test_command_says_what_is_wrong_with_the_path(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_report", str(tmp_path / "none.pdf"))
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CommandError, match="larger"):
        call_command("verify_report", str(huge))
