import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from governance.access.kinds import Role
from governance.ledger import reading
from reports.documents.kinds import Kind
from tests.factories import access, documents
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db
BASE = "/api/v1/reports/"


@pytest.fixture
def client(issued):
    return access.api_client(issued.bench.officer)


def verify(data):
    file = SimpleUploadedFile("report.pdf", data, "application/pdf")
    return APIClient().post(f"{BASE}verify/", {"file": file}, format="multipart")


def test_reports_are_listed_and_read(client, issued):
    listed = client.get(BASE).json()
    assert [row["public_id"] for row in listed["items"]] == [issued.report.public_id]
    read = client.get(f"{BASE}{issued.report.pk}/").json()
    assert read["digest"] == issued.report.digest
    assert read["state"] == "signed"


def test_a_report_is_asked_for_once():
    bench = cases.bench()
    case = cases.decided(bench)
    client = access.api_client(bench.officer)
    first = client.post(BASE, {"case": str(case.pk)}, format="json")
    again = client.post(BASE, {"case": str(case.pk)}, format="json")
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]


def test_a_case_that_is_not_there_has_no_report(client):
    assert client.post(BASE, {"case": str(uuid.uuid4())}, format="json").status_code == 404


def test_the_file_and_its_evidence_come_as_they_were_issued(client, issued):
    answer = client.get(f"{BASE}{issued.report.pk}/file/")
    assert answer.content == issued.data
    assert reading.last_event(issued.report.pk, [Kind.REPORT_DOWNLOADED]) is not None
    evidence = client.get(f"{BASE}{issued.report.pk}/evidence/").json()
    assert evidence["evidence"] == issued.report.content
    assert evidence["ledger_proof"]["root"] == issued.report.ledger_root


def test_another_teams_report_is_not_there(issued):
    stranger = access.api_client(access.person(Role.AUDITOR, team=access.team()))
    for path in ("", "file/", "evidence/"):
        assert stranger.get(f"{BASE}{issued.report.pk}/{path}").status_code == 404


def test_a_token_cannot_recall_although_its_owner_can(client, issued):
    answer = client.post(
        f"{BASE}{issued.report.pk}/recall/", {"reason": "No longer true."}, format="json"
    )
    assert answer.status_code == 403
    person = APIClient()
    access.signed_in(person, issued.bench.officer)
    answer = person.post(
        f"{BASE}{issued.report.pk}/recall/", {"reason": "No longer true."}, format="json"
    )
    assert answer.status_code == 200
    assert answer.json()["state"] == "recalled"


def test_anybody_may_verify_a_file(issued):
    assert verify(issued.data).json()["answer"] == "authentic-current"
    assert verify(issued.data[:-1]).json()["answer"] == "altered"
    assert verify(b"not a pdf").json()["answer"] == "not-ours"


def test_a_request_to_verify_without_a_file_is_refused():
    assert APIClient().post(f"{BASE}verify/", {}, format="multipart").status_code == 400
    assert verify(b"").status_code == 400


def test_anybody_may_ask_by_digest_alone(issued):
    asked = APIClient().get(f"{BASE}verify/", {"sha256": issued.report.digest}).json()
    assert (asked["issued"], asked["state"]) == (True, "current")
    documents.recalled(issued.report, issued.bench.officer)
    asked = APIClient().get(f"{BASE}verify/", {"sha256": issued.report.digest}).json()
    assert (asked["state"], asked["reason"]) == ("recalled", "The data were wrong.")
    unknown = APIClient().get(f"{BASE}verify/", {"sha256": "0" * 64}).json()
    assert (unknown["issued"], unknown["state"]) == (False, None)


@pytest.mark.parametrize("digest", ["", "0" * 63, "g" * 64, "0" * 65])
def test_what_is_no_digest_is_refused(digest):
    assert APIClient().get(f"{BASE}verify/", {"sha256": digest}).status_code == 400
