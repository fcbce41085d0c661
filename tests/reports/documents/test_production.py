# ruff: noqa: S607 - the judges are found on the path
import io
import subprocess

import pikepdf
import pytest

from governance.kernel.canonical import sha256_hex
from governance.ledger import reading
from reports.documents import files, production, tasks
from reports.documents.kinds import MAX_ATTEMPTS, Kind, ReportState
from reports.documents.models import Report
from reports.render import contentjson
from reports.render.isolated import render_pdf_isolated
from reports.render.pdf import RenderError
from tests.factories import approvals as cases
from tests.factories import documents

pytestmark = pytest.mark.django_db


class WorkerDied(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


def kinds(report):
    return [event.kind for event in reading.events_about([report.pk])]


def refuse(*_args, **_options):
    raise RenderError("The report was not drawn within 300 seconds.")


def die(*_args, **_options):
    raise WorkerDied


def test_a_worker_that_dies_after_freezing_leaves_content_that_the_next_one_issues(monkeypatch):
    report = documents.requested()
    with monkeypatch.context() as broken:
        broken.setattr(production, "render_pdf_isolated", die)
        with pytest.raises(WorkerDied):
            production.produce_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportState.FROZEN
    frozen = (report.content, report.content_digest, report.proof)
    assert production.produce_report(report.pk) is None
    documents.let_lease_run_out(report)
    production.produce_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportState.SIGNED
    assert (report.content, report.content_digest, report.proof) == frozen
    assert production.produce_report(report.pk) is None
    assert kinds(report).count(Kind.REPORT_FROZEN) == kinds(report).count(Kind.REPORT_ISSUED) == 1
    with pikepdf.open(io.BytesIO(files.read(report.digest))) as pdf:
        evidence = pdf.attachments["evidence.json"].get_file().read_bytes()
    assert sha256_hex(evidence) == report.content_digest


def test_after_three_attempts_a_report_fails_with_its_reason(monkeypatch):
    monkeypatch.setattr(production, "render_pdf_isolated", refuse)
    report = documents.requested()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        report.refresh_from_db()
        assert (report.state, report.attempt) in {
            (ReportState.REQUESTED, 0),
            (ReportState.FROZEN, attempt - 1),
        }
        documents.let_lease_run_out(report)
        production.produce_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportState.FAILED
    assert report.failure == "The report was not drawn within 300 seconds."
    assert kinds(report)[-1] == Kind.REPORT_FAILED


def test_a_failed_report_does_not_stand_in_the_way_of_a_new_one(monkeypatch):
    monkeypatch.setattr(production, "render_pdf_isolated", refuse)
    bench = cases.bench()
    report = documents.requested(bench)
    for _ in range(MAX_ATTEMPTS):
        documents.let_lease_run_out(report)
        production.produce_report(report.pk)
    again = documents.requested(bench, report.case)
    assert again.pk != report.pk


def test_a_report_whose_workers_all_died_is_ended_by_the_sweep(monkeypatch):
    report = documents.requested()
    monkeypatch.setattr(production, "render_pdf_isolated", die)
    for _ in range(MAX_ATTEMPTS):
        documents.let_lease_run_out(report)
        with pytest.raises(WorkerDied):
            production.produce_report(report.pk)
    documents.let_lease_run_out(report)
    tasks.sweep()
    report.refresh_from_db()
    assert report.state == ReportState.FAILED
    assert "died" in report.failure


def test_content_that_was_changed_in_the_database_is_never_drawn():
    report = documents.frozen()
    changed = {**report.content, "summary": {**report.content["summary"], "headline": "Approved"}}
    Report.objects.filter(pk=report.pk).update(content=changed)
    production.produce_report(report.pk)
    report.refresh_from_db()
    assert report.state == ReportState.FROZEN
    assert "not what was frozen" in report.progress


def test_the_same_content_gives_the_same_bytes_before_the_seal(issued):
    content = contentjson.from_json(issued.report.content)
    proof = issued.report.proof
    first = render_pdf_isolated(content, ledger_proof=proof)
    assert render_pdf_isolated(content, ledger_proof=proof) == first
    assert issued.data.startswith(first[:64])


def test_the_file_is_kept_under_its_digest_with_its_pages(issued):
    assert sha256_hex(issued.data) == issued.report.digest
    assert len(issued.data) == issued.report.size
    with pikepdf.open(io.BytesIO(issued.data)) as pdf:
        assert len(pdf.pages) == issued.report.pages


@pytest.fixture
def on_disk(issued, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(issued.data)
    return path


def test_pdfsig_finds_one_seal_over_the_whole_file(on_disk):
    said = subprocess.run(
        ["pdfsig", "-nocert", str(on_disk)], capture_output=True, text=True, check=False
    ).stdout
    assert said.count("Signature #") == 1
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "AssaySeal" in said


def test_qpdf_finds_nothing_wrong_with_the_file(on_disk):
    done = subprocess.run(["qpdf", "--check", str(on_disk)], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
