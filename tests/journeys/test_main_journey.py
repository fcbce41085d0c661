"""The main job in a real browser: from a use case to a report that anyone can verify."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Download, expect

from governance.ledger.verification import verify_ledger
from tests.factories import catalog
from tests.factories.access import PASSWORD
from tests.journeys.conftest import Cast
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.xdist_group("main-journey")]

RUN_SECONDS, REPORT_SECONDS, FILE_SECONDS = 240, 180, 120


def test_a_model_is_registered_checked_approved_reported_and_verified(
    cast: Cast, visitor: Callable[..., Visitor], worker: Any, tmp_path: Path
) -> None:
    developer = visitor(looking=True)
    developer.sign_in(cast.developer.email)
    create_use_case(developer)
    register_model(developer)
    upload_data(developer, "training", "reference", seed=7)
    upload_data(developer, "last month", "current", seed=8)
    create_version(developer, tmp_path)
    have_it_checked(developer)
    case = open_case(developer)
    developer.sign_out()

    validator = visitor(looking=True)
    validator.sign_in(cast.validator.email)
    speak(validator, case, cast)
    validator.sign_out()

    officer = visitor(looking=True)
    officer.sign_in(cast.officer.email)
    speak(officer, case, cast)
    officer.reads("Approved")

    auditor = visitor(looking=True)
    auditor.sign_in(cast.auditor.email)
    pdf = download_report(auditor, tmp_path)
    auditor.sign_out()
    verify_file(auditor, pdf, "Authentic and current")
    verify_file(auditor, one_byte_changed(pdf), "Altered")
    assert verify_ledger().whole


def create_use_case(at: Visitor) -> None:
    at.open("/use-cases/new/")
    at.look()
    at.fill(
        name="Consumer credit",
        decision="Whether a loan is granted.",
        affected_persons="Applicants.",
        autonomy="recommends",
        exposure="low",
        purpose="customer",
        reach="few",
        personal_data=True,
    )
    at.press("Create")
    at.reads("Whether a loan is granted.")
    at.look()


def register_model(at: Visitor) -> None:
    at.open("/models/register/")
    at.look()
    at.fill(
        name="Loan approval",
        use_case={"index": 1},
        intended_use="Order applications by the chance that they are paid back.",
        complexity="simple",
    )
    at.press("Register")
    at.reads("is registered")
    at.look()


def upload_data(at: Visitor, name: str, role: str, seed: int) -> None:
    at.open("/data/upload/")
    at.look()
    table = catalog.frame(seed)
    at.fill(
        file={"name": f"{role}.csv", "mimeType": "text/csv", "buffer": catalog.csv_bytes(table)},
        name=name,
        sensitivity="personal",
        role=role,
    )
    at.press("Upload")
    at.reads("400 rows", seconds=FILE_SECONDS)
    at.look()


def create_version(at: Visitor, folder: Path) -> None:
    at.open("/models/")
    at.look()
    at.follow("Loan approval")
    at.follow("New version")
    at.fill(training_data={"label": "training v1 (Reference, 400 rows)"})
    at.press("Use its columns")
    at.page.get_by_label("Use of paid").select_option("target")
    at.page.get_by_label("Use of group").select_option("")
    at.page.get_by_label("group is protected").check()
    at.look()
    artifact = folder / "model.skops"
    artifact.write_bytes(catalog.skops_bytes())
    at.fill(file=artifact, positive_label="1", change_note="First version.")
    at.press("Create the version")
    at.reads("Next: have it checked")
    expect(at.page.get_by_text("Readable", exact=True)).to_be_visible(timeout=FILE_SECONDS * 1000)
    at.look()


def have_it_checked(at: Visitor) -> None:
    """Ask for a run, watch it move without touching the page, and read one of its checks."""
    version = at.page.url
    at.follow("Request an audit run")
    at.look()
    at.press("Show what will run")
    at.look()
    at.page.get_by_role("button", name=re.compile(r"Run \d+ checks")).click()
    expect(at.page.get_by_role("heading", level=1)).to_contain_text("RUN-")
    expect(at.page.get_by_role("link", name="Outcomes (JSON)")).to_be_visible(
        timeout=RUN_SECONDS * 1000
    )
    at.look()
    run = at.page.url
    for tab in ("Plan", "Log"):
        at.follow(tab)
        at.look()
    at.page.goto(run)
    at.page.locator("main table a[href*='/runs/checks/']").first.click()
    at.look()
    at.page.goto(version)


def open_case(at: Visitor) -> str:
    """Returns the address of the case that was submitted."""
    at.follow("Open a case")
    at.look()
    at.fill(request="Use in daily operation.")
    at.press("Open the case")
    at.reads("A draft")
    at.look()
    at.press("Submit to reviewers")
    at.reads("is with its reviewers")
    return at.page.url.removeprefix(at.base)


def speak(at: Visitor, case: str, cast: Cast) -> None:
    """In favour, with a condition where the gate needs one; found from the home page."""
    at.page.get_by_role("link", name=re.compile("APR-")).first.click()
    assert at.page.url.removeprefix(at.base) == case
    at.look()
    at.fill(reason="The evidence is complete and its limits are understood.", password=PASSWORD)
    if at.page.get_by_text("The gate is not open").is_visible():
        at.fill(choice="conditional")
        due = (timezone.localdate() + timedelta(days=30)).isoformat()
        at.fill(**{"condition-0-text": "Watch what did not pass.", "condition-0-due_on": due})
        at.fill(**{"condition-0-owner": {"label": cast.developer.name}})
    else:
        at.fill(choice="favour")
    at.page.get_by_role("button", name="Sign and record").last.click()
    at.reads("Recorded and signed")
    at.look()


def download_report(at: Visitor, folder: Path) -> Path:
    at.open("/reports/")
    at.page.locator("main a[href*='/reports/']").filter(has_text="Loan approval").first.click()
    button = at.page.get_by_role("link", name="Download PDF")
    expect(button).to_be_visible(timeout=REPORT_SECONDS * 1000)
    at.look()
    with at.page.expect_download() as started:
        button.click()
    download: Download = started.value
    assert re.fullmatch(r"RPT-\d+\.pdf", download.suggested_filename)
    path = folder / download.suggested_filename
    download.save_as(path)
    assert path.read_bytes().startswith(b"%PDF-")
    return path


def verify_file(at: Visitor, file: Path, answer: str) -> None:
    at.open("/reports/verify/")
    at.look()
    at.fill(file=file)
    at.press("Verify")
    at.reads(answer, seconds=60)


def one_byte_changed(pdf: Path) -> Path:
    content = bytearray(pdf.read_bytes())
    content[len(content) // 3] ^= 1
    changed = pdf.with_name("changed.pdf")
    changed.write_bytes(content)
    return changed
