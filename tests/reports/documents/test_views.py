import base64
import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.ledger import reading
from reports.documents import verification
from reports.documents.kinds import Kind
from reports.documents.models import Report
from tests.factories import access, documents

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(issued):
    return access.signed_in(Client(), issued.bench.officer)


def page(name, report):
    return reverse(f"documents:{name}", args=[report.pk])


def dropped(data, name="report.pdf"):
    return {"file": SimpleUploadedFile(name, data, "application/pdf")}


def test_library_and_report_page_show_the_report(browser, issued):
    assert issued.report.public_id in browser.get(reverse("documents:report-list")).text
    shown = browser.get(page("report-detail", issued.report)).text
    assert issued.report.short_code in shown
    assert "stands in the ledger" in shown


def test_the_reports_of_a_version_say_what_each_is_about(browser, issued):
    version = issued.report.case.version_id
    shown = browser.get(reverse("documents:version-reports", args=[version])).text
    assert issued.report.title in shown
    assert issued.report.public_id in shown


def test_the_content_reads_as_a_page_under_the_strict_policy(browser, issued):
    answer = browser.get(page("report-content", issued.report))
    assert answer.status_code == 200
    assert '<article class="report">' in answer.text
    assert "reports/report.css" in answer.text
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text.partition('<article class="report">')[2]
    assert answer.text.count("<h1") == 1


def test_another_teams_report_is_not_there(issued):
    stranger = access.person(Role.RISK_OFFICER, team=access.team())
    client = access.signed_in(Client(), stranger)
    for name in ("report-detail", "report-live", "report-content", "report-download"):
        assert client.get(page(name, issued.report)).status_code == 404
    recall = client.post(page("report-recall", issued.report), {"reason": "Because."})
    assert recall.status_code == 404


def test_a_download_gives_the_sealed_bytes_and_is_noted(browser, issued):
    answer = browser.get(page("report-download", issued.report))
    assert answer.content == issued.data
    assert answer.headers["Content-Type"] == "application/pdf"
    told = answer.headers["Repr-Digest"].removeprefix("sha-256=:").removesuffix(":")
    assert base64.b64decode(told) == hashlib.sha256(issued.data).digest()
    last = reading.last_event(issued.report.pk, [Kind.REPORT_DOWNLOADED])
    assert last.actor_id == issued.bench.officer.pk


def test_a_file_that_the_storage_has_lost_is_told_of_and_no_defect():
    report = documents.recorded()
    Report.objects.filter(pk=report.pk).update(digest="0" * 64)
    officer = access.person(Role.RISK_OFFICER, team=None)
    client = access.signed_in(Client(), officer)
    assert client.get(page("report-download", report)).status_code == 404
    answer = client.get(reverse("api:report-file", args=[report.pk]))
    assert (answer.status_code, answer.json()["code"]) == (404, "file-missing")


def test_anybody_may_drop_a_file_and_read_what_it_is(issued):
    address = reverse("documents:report-verify")
    assert "Authentic and current" in Client().post(address, dropped(issued.data)).text
    assert "Altered" in Client().post(address, dropped(issued.data + b" ")).text
    assert "Not ours" in Client().post(address, dropped(b"not a pdf")).text


def test_more_files_at_once_than_there_is_room_for_are_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(verification, "_PATIENCE", 0.05)
    addresses = (reverse("documents:report-verify"), reverse("api:report-verify"))
    with verification._AT_ONCE, verification._AT_ONCE:
        full = [Client().post(address, dropped(b"not a pdf")) for address in addresses]
    assert [answer.status_code for answer in full] == [429, 429]
    assert full[1].json()["code"] == "busy"
    assert Client().post(addresses[1], dropped(b"not a pdf")).json()["answer"] == "not-ours"


def test_an_empty_form_and_an_empty_file_are_refused_with_a_hint():
    address = reverse("documents:report-verify")
    assert Client().post(address).status_code == 422
    assert Client().post(address, dropped(b"")).status_code == 422


@pytest.mark.parametrize(
    "spell",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f" {code.replace('-', ' ')} ",
    ],
)
def test_a_short_code_is_understood_however_it_is_typed(issued, spell):
    code = spell(issued.report.short_code)
    answer = Client().post(reverse("documents:report-verify"), {"code": code})
    assert "Still current" in answer.text


def test_letters_that_the_code_does_not_have_are_read_as_the_digits_they_look_like(issued):
    code = issued.report.short_code.replace("0", "O").replace("1", "I")
    assert "Still current" in Client().post(reverse("documents:report-verify"), {"code": code}).text


def test_the_qr_code_leads_to_the_answer(issued):
    address = reverse("documents:report-verify-code", args=[issued.report.short_code])
    assert address == f"/reports/verify/{issued.report.short_code}/"
    assert "Still current" in Client().get(address).text
    documents.recalled(issued.report, issued.bench.officer, "The data were wrong.")
    recalled = Client().get(address).text
    assert "Recalled" in recalled
    assert "The data were wrong." in recalled


def test_an_unknown_short_code_is_said_to_be_unknown():
    answer = Client().get(reverse("documents:report-verify-code", args=["ZZZZ-ZZZZ"]))
    assert answer.status_code == 404
    assert "No such report" in answer.text


def test_a_recall_without_a_reason_keeps_the_page_and_says_so(browser, issued):
    answer = browser.post(page("report-recall", issued.report), {"reason": " "})
    assert answer.status_code == 422


def test_a_recall_shows_on_the_page(browser, issued):
    answer = browser.post(
        page("report-recall", issued.report), {"reason": "The data were wrong."}, follow=True
    )
    assert "The data were wrong." in answer.text
