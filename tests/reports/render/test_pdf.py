# ruff: noqa: S607 - poppler's tools are found on the path

import hashlib
import io
import json
import shutil
import subprocess

import pikepdf
import pytest
from pikepdf import pdfa

from reports.render import content as c
from reports.render import isolated
from reports.render.contentjson import content_digest, to_bytes, to_json
from reports.render.figures import Table, Verdict
from reports.render.isolated import render_pdf_isolated
from reports.render.page import render_html
from reports.render.pdf import Extra, RenderError
from reports.render.words import short_code
from reports.signing.seal import SEAL_BOX
from tests.reports.conftest import PROOF
from tests.reports.render.figures import histogram
from tests.reports.render.sample import control, report, small


def text_of(pdf, *options):
    return subprocess.run(
        ["pdftotext", "-layout", *options, "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def short():
    block = c.FigureBlock(histogram(), "EVD-00042")
    return c.ReportContent(control(), small().summary, (c.Section("a", "A", (block,)),))


def test_what_the_child_leaves_lying_about_goes_with_its_folder(tmp_path):
    job = {"content": to_json(short()), "ledger_proof": None, "mebibytes": 2048}
    job |= {"fonts": "", "attachments": []}
    isolated._run(json.dumps(job).encode(), tmp_path / "report.pdf", 120)
    assert list(tmp_path.glob("*.ttf")), "matplotlib's copy of the font lies elsewhere"


def test_the_same_content_gives_the_same_bytes_in_fresh_processes():
    assert render_pdf_isolated(short(), ledger_proof=PROOF) == render_pdf_isolated(
        short(), ledger_proof=PROOF
    )


def test_the_paper_is_pdf_a_3b_without_a_finding(rendered):
    with pikepdf.open(io.BytesIO(rendered)) as pdf:
        assert pdfa.check(pdf, pdfa.Flavour("3b")).findings == []


def test_embedded_evidence_is_the_content_that_every_page_names(rendered):
    with pikepdf.open(io.BytesIO(rendered)) as pdf:
        files = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
        relations = {str(spec.obj.AFRelationship) for spec in pdf.attachments.values()}
        pages = len(pdf.pages)
    assert files["evidence.json"] == to_bytes(report())
    assert set(files) == {"evidence.json", "ledger-proof.json", "how-to-verify.txt"}
    assert relations == {"/Data"}
    digest = hashlib.sha256(files["evidence.json"]).hexdigest()
    assert text_of(rendered).count(f"Content digest {digest}") == pages
    assert digest.encode() in files["how-to-verify.txt"]


def test_every_page_says_which_report_it_is_and_which_page(rendered):
    pages = text_of(rendered).split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "RPT-00012" in page


def test_the_first_page_carries_the_whole_summary(rendered):
    first = text_of(rendered, "-l", "1")
    for words in (
        "Fit with conditions",
        "Approved with conditions",
        "0.789 to 0.869",
        "Must not be used for",
        "28 February 2027",
        "Tier 2",
        "Insufficient evidence",
        short_code(content_digest(report())),
    ):
        assert words in first


def test_every_number_block_names_its_evidence(rendered):
    body = text_of(rendered)
    for at in range(41, 47):
        assert body.count(f"EVD-000{at}") >= 2


def test_sections_are_bookmarked_and_listed_with_their_pages(rendered):
    with pikepdf.open(io.BytesIO(rendered)) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    for section in report().sections:
        assert any(section.title in title for title in titles)
    contents = text_of(rendered, "-f", "2", "-l", "2")
    assert "How to verify this document" in contents


def test_the_paper_is_tagged_and_its_header_cells_have_a_scope(rendered):
    with pikepdf.open(io.BytesIO(rendered)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).lower().startswith("en")
        heads = [
            o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/TH"
        ]
        assert heads
        assert all(head.A.Scope in ("/Column", "/Row") for head in heads)


def test_every_font_is_embedded(rendered):
    listed = subprocess.run(["pdffonts", "-"], input=rendered, capture_output=True, check=True)
    rows = listed.stdout.decode().splitlines()[2:]
    assert rows
    assert all(row.split()[-5] == "yes" for row in rows)


def test_the_place_of_the_seal_is_empty(rendered):
    left, low, right, high = SEAL_BOX
    box = [
        "-x",
        str(left + 3),
        "-y",
        str(842 - high + 3),
        "-W",
        str(right - left - 6),
        "-H",
        str(high - low - 6),
    ]
    grey = subprocess.run(
        ["pdftoppm", "-r", "72", "-f", "1", "-l", "1", "-gray", *box, "-"],
        input=rendered,
        capture_output=True,
        check=True,
    ).stdout
    assert set(grey.split(b"255\n", 1)[1]) == {255}


def test_sections_without_content_are_absent():
    body = text_of(render_pdf_isolated(small()))
    assert "Conditions" not in body
    assert "Decision" not in body
    assert "Spend is within budget" in body


def test_page_preview_carries_the_same_words_without_script_or_style():
    page = str(render_html(report()))
    assert page.startswith('<article class="report">')
    assert "<script" not in page
    assert "style=" not in page
    assert "EVD-00042" in page
    assert page.count("<figure") == 8


def test_further_files_can_be_embedded():
    pdf = render_pdf_isolated(small(), attachments=(Extra("sample.csv", b"a,b", "A sample"),))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.attachments["sample.csv"].get_file().read_bytes() == b"a,b"


def test_a_report_that_takes_too_long_ends_with_a_reason():
    with pytest.raises(RenderError, match="within"):
        render_pdf_isolated(small(), seconds=0.2)


def test_a_report_that_takes_too_much_memory_ends_with_a_reason():
    with pytest.raises(RenderError):
        render_pdf_isolated(report(), mebibytes=160)


def test_a_report_with_a_broken_date_is_refused_with_a_reason():
    with pytest.raises(RenderError, match="could not be drawn"):
        render_pdf_isolated(c.ReportContent(control(issued="yesterday"), c.Summary()))


def test_letters_beyond_latin_are_drawn():
    named = control(title="Δάνειο ≥ 5 → żółć Кредит")
    body = text_of(render_pdf_isolated(c.ReportContent(named, c.Summary(headline="x"))))
    assert "Δάνειο ≥ 5 → żółć Кредит" in body


def test_the_judges_are_at_hand():
    assert all(
        shutil.which(tool) for tool in ("pdftotext", "pdftoppm", "pdffonts", "pdfsig", "qpdf")
    )


def test_a_report_is_drawn_with_the_systems_fonts_when_none_are_packaged(tmp_path):
    pdf = render_pdf_isolated(short(), fonts=tmp_path)
    assert "Spend is within budget" in text_of(pdf)


def test_many_checks_stand_short_on_page_one_and_in_full_behind():
    rows = tuple(
        c.VerdictRow("x", f"Check {at}", Verdict.PASS, f"Sentence {at}.", f"EVD-{at}")
        for at in range(12)
    )
    pdf = render_pdf_isolated(c.ReportContent(control(), c.Summary(verdicts=rows)))
    first, second = text_of(pdf).split("\f")[:2]
    assert "Check 11" in first
    assert "Sentence 11." not in first
    assert "Sentence 11." in second


def test_a_very_long_table_is_cut_and_says_so():
    rows = tuple((f"row-{at}", at) for at in range(2000))
    block = c.DataTable(Table("t", "Long", ("name", "n"), rows), "EVD-1")
    page = render_html(c.ReportContent(control(), c.Summary(), (c.Section("a", "A", (block,)),)))
    assert "row-399<" in page
    assert "row-400<" not in page
    assert "The first 400 of 2,000 rows" in page


def wordy(times):
    """A summary in which people wrote as much as they could."""
    long = "A long sentence that somebody wrote without thinking of the paper. " * times
    rulings = tuple(
        c.Ruling(title, "Approved with conditions", "conditional", "A Person", "Risk officer",
                 "2026-11-23T06:00:00Z", "2027-11-23", long)
        for title in ("Opinion", "Second opinion", "Decision")
    )  # fmt: skip
    verdicts = tuple(
        c.VerdictRow("x", f"Check {at} of a long name", Verdict.INSUFFICIENT, long, f"EVD-{at}")
        for at in range(22)
    )
    conditions = tuple(c.Condition(long, "A Person of Long Name", "2027-02-28") for _ in range(9))
    return c.Summary(
        headline=long,
        claim=c.Claim(long, small().summary.figures[0] if small().summary.figures else None),
        rulings=rulings,
        conditions=conditions,
        tier=c.Tier("Tier 1", (long, long)),
        use=(long,) * 7,
        not_use=(long,) * 7,
        verdicts=verdicts,
    )


@pytest.mark.parametrize("times", [1, 3, 40])
def test_the_summary_is_one_page_whatever_people_wrote(times):
    section = c.Section("approvals", "Opinion and decision", (c.Text("In full."),))
    pdf = render_pdf_isolated(c.ReportContent(control(), wordy(times), (section,)))
    pages = text_of(pdf).split("\f")
    assert "Contents" in pages[1]
    assert "And 12 more" in pages[0]
    assert "In full in section 1" in pages[0] or times == 1
