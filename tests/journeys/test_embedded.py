"""The main job without a browser: through the API, a real worker and the command line.

`make test` runs it on PostgreSQL and Redis, and again on SQLite and the broker of files.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from governance.access.models import User
from tests.factories import access, catalog
from tests.factories.access import PASSWORD
from tests.journeys.conftest import Cast

pytestmark = [pytest.mark.embedded, pytest.mark.worker, pytest.mark.xdist_group("embedded")]

SECONDS = 240  # for one piece of work of the worker, on a busy machine
OPEN = {"queued", "running"}
Body = dict[str, Any]


def test_a_model_is_checked_approved_and_reported(cast: Cast, worker: Any, tmp_path: Path) -> None:
    developer = access.api_client(cast.developer)
    version, reference, current = register(developer, cast)
    run = post(developer, "runs/", version=version, reference=reference, current=current)
    run = until(developer, f"runs/{run['id']}/", lambda body: body["state"] not in OPEN)
    assert (run["state"], run["reason"]) == ("completed", "")
    assert {check["state"] for check in run["checks"]} == {"done"}
    case = post(developer, "cases/", version=version, request="Use in daily operation.")
    case = post(developer, f"cases/{case['id']}/submit/")
    for person in (cast.validator, cast.officer):
        speak(person, case["id"], cast.developer)
    report = issued(access.api_client(cast.auditor), case["id"])
    pdf = tmp_path / "report.pdf"
    file = access.api_client(cast.auditor).get(f"/api/v1/reports/{report['id']}/file/")
    pdf.write_bytes(file.content)
    assert exit_status("verify_report", str(pdf)) == 0
    assert exit_status("verify_ledger") == 0
    pdf.write_bytes(file.content + b"%")
    assert exit_status("verify_report", str(pdf)) != 0


def register(api: APIClient, cast: Cast) -> tuple[str, str, str]:
    """Returns the ids of the version and of its two tables, all looked into by the worker."""
    team = cast.team.slug
    stakes = {"autonomy": "recommends", "exposure": "low", "purpose": "customer", "reach": "few"}
    use_case = post(api, "use-cases/", team=team, name="Credit", decision="A loan.", **stakes)
    named = {"name": "Loan approval", "kind": "ml", "complexity": "simple"}
    intended = {"intended_use": "Order applications.", "use_case": use_case["id"]}
    model = post(api, "models/", team=team, **named, **intended)
    artifact = upload(api, "artifacts/", catalog.skops_bytes(), team=team)
    dataset = post(api, "datasets/", team=team, name="Loans", sensitivity="personal")
    tables = [
        upload(api, "dataset-versions/", table, dataset=dataset["id"], role=role)
        for role, seed in (("reference", 7), ("current", 8))
        for table in [catalog.csv_bytes(catalog.frame(seed))]
    ]
    for place, thing in (("artifacts", artifact), *(("dataset-versions", t) for t in tables)):
        body = until(api, f"{place}/{thing['id']}/", lambda b: b["inspection"] != "waiting")
        assert (body["inspection"], body["inspection_note"]) == ("readable", "")
    made = {"artifact": artifact["id"], "training_data": tables[0]["id"], "change_type": "initial"}
    version = post(api, "versions/", model=model["id"], signature=catalog.signature(), **made)
    return version["id"], tables[0]["id"], tables[1]["id"]


def speak(person: User, case: str, owner: User) -> None:
    """In favour; with a condition where the gate is not open but can be cured."""
    browser = access.signed_in(APIClient(), person)
    presented = until(browser, f"cases/{case}/statement/", bool)
    version = read(browser, f"cases/{case}/")["version"]
    gate = read(browser, f"gates/{version}/approve-use/")
    words: Body = {"choice": "favour", "reason": "The evidence is complete."}
    if gate["answer"] != "allow":
        assert gate["curable"]
        due = (timezone.localdate() + timedelta(days=30)).isoformat()
        words["conditions"] = [{"text": "Watch it.", "owner": str(owner.pk), "due_on": due}]
        words["choice"] = "conditional"
    words |= {"statement": presented["statement"], "password": PASSWORD}
    named = {"If-Match": f'"{presented["digest"]}"'}
    answer = browser.post(f"/api/v1/cases/{case}/decisions/", words, "json", headers=named)
    assert answer.status_code == 201, answer.content


def issued(api: APIClient, case: str) -> Body:
    """The report that followed the decision by itself, once it is signed."""

    def over(body: Body) -> bool:
        mine = [row for row in body["items"] if row["case"] == case]
        return bool(mine) and mine[0]["state"] not in {"requested", "frozen"}

    (report,) = until(api, "reports/", over)["items"]
    assert report["state"] == "signed", read(api, f"reports/{report['id']}/")["failure"]
    return dict(report)


def read(api: APIClient, path: str) -> Body:
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def post(api: APIClient, path: str, **body: Any) -> Body:
    answer = api.post(f"/api/v1/{path}", body, format="json")
    assert answer.status_code in {200, 201}, answer.content
    return dict(answer.json())


def upload(api: APIClient, path: str, content: bytes, **fields: str) -> Body:
    body = {**fields, "file": SimpleUploadedFile("upload.bin", content)}
    answer = api.post(f"/api/v1/{path}", body, format="multipart")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def until(api: APIClient, path: str, done: Callable[[Body], bool]) -> Body:
    """Read ``path`` until it is as wanted."""
    deadline = time.monotonic() + SECONDS
    while not done(body := read(api, path)):
        assert time.monotonic() < deadline, body
        time.sleep(0.2)
    return body


def exit_status(command: str, *arguments: str) -> int:
    """What the shell would see; 0 when the command just ends."""
    try:
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0)
    return 0
