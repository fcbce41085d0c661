"""What goes wrong on the way, as people meet it: nothing typed is lost, the reason is said."""

import pickle
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from governance.access.models import User
from governance.approvals.models import Decision
from inventory.catalog.models import Artifact
from tests.factories import access, approvals
from tests.factories.access import PASSWORD
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("detours")]

Come = Callable[..., Visitor]
REASON = "I have read the evidence of every check."


@pytest.fixture
def bench(transactional_db: None) -> approvals.Bench:
    return approvals.bench()


@pytest.fixture
def case(bench: approvals.Bench):
    """A case that waits for the validator's opinion."""
    return approvals.submitted(bench)


def say(at: Visitor, password: str) -> None:
    at.fill(choice="favour", reason=REASON, password=password)
    at.page.get_by_role("button", name="Sign and record").last.click()


def test_a_wrong_password_signs_nothing_and_keeps_what_was_typed(
    bench, case, visitor: Come
) -> None:
    validator = visitor()
    validator.sign_in(bench.validator.email)
    validator.open(f"/cases/{case.pk}/")
    say(validator, "not my password")
    expect(validator.page.locator("[name=reason]")).to_have_value(REASON)
    expect(validator.page.locator("[name=choice][value=favour]")).to_be_checked()
    expect(validator.page.locator("[name=password]")).to_have_value("")
    validator.reads("This is not your password. Nothing was recorded.")
    assert not Decision.objects.exists()
    validator.fill(password=PASSWORD)
    validator.page.get_by_role("button", name="Sign and record").last.click()
    validator.reads("Recorded and signed")
    assert Decision.objects.count() == 1


def test_evidence_that_changed_in_between_is_named_and_nothing_is_signed(
    bench, case, visitor: Come
) -> None:
    validator = visitor()
    validator.sign_in(bench.validator.email)
    validator.open(f"/cases/{case.pk}/")
    bench.run.checks.update(outcome_digest="0" * 64)
    with validator.page.expect_response(lambda answer: "/decide/" in answer.url) as answered:
        say(validator, PASSWORD)
    assert answered.value.status == 412
    validator.reads("This changed since you read it")
    validator.reads("The evidence")
    expect(validator.page.locator("[name=reason]")).to_have_value(REASON)
    assert not Decision.objects.exists()


def test_a_pickle_is_refused_with_the_way_out(bench, visitor: Come) -> None:
    page = _upload(bench, visitor(), "model.pkl", pickle.dumps({"weights": [1, 2]}, protocol=4))
    page.reads("pickle")
    page.reads("skops")


@pytest.mark.parametrize(
    ("name", "content"),
    [("model.bin", b"\x7fELF" + b"\x00" * 100), ("model.onnx", b"hello"), ("model.skops", b"")],
)
def test_an_unknown_model_file_is_refused_with_what_is_taken(
    bench, visitor: Come, name, content
) -> None:
    page = _upload(bench, visitor(), name, content)
    page.reads("ONNX")


def _upload(bench: approvals.Bench, at: Visitor, name: str, content: bytes) -> Visitor:
    """Try a model file; what was typed beside it must still be there."""
    artifacts = Artifact.objects.count()
    at.sign_in(User.objects.get(pk=bench.builder.id).email)
    at.open(f"/models/{bench.version.model_id}/versions/new/")
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    at.fill(file=file, change_note="Tried again.", change_type="retrain")
    at.press("Create the version")
    expect(at.page.locator(".a-errors, [role=alert], .a-error").first).to_be_visible()
    expect(at.page.locator("[name=change_note]")).to_have_value("Tried again.")
    assert Artifact.objects.count() == artifacts
    return at


def test_another_teams_pages_are_not_there(bench, case, visitor: Come) -> None:
    stranger = visitor()
    person = access.person("validator", "model_owner", team=access.team())
    stranger.sign_in(person.email)
    places = (
        f"/models/{bench.version.model_id}/",
        f"/versions/{bench.version.pk}/",
        f"/versions/{uuid.uuid4()}/",
        f"/data/{bench.subject.reference.dataset_id}/",
        f"/use-cases/{bench.version.model.use_case_id}/",
        f"/runs/{bench.run.pk}/",
        f"/cases/{case.pk}/",
    )
    for place in places:
        answer = stranger.open(place)
        assert answer is not None
        assert answer.status == 404
        stranger.reads("nothing here")
        assert bench.version.model.name not in stranger.page.content()


def test_keys_reach_the_content_the_search_and_any_page(bench, visitor: Come) -> None:
    auditor = visitor()
    auditor.sign_in(access.person("auditor").email)
    page = auditor.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find a model")).to_be_focused()
    page.keyboard.type(bench.version.model.name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=bench.version.model.name, exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Jump to a page")).to_be_focused()
    page.keyboard.type("report")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reports", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name=bench.version.model.name, exact=True)).to_be_visible()


def test_a_draft_survives_a_session_that_ended(bench, case, visitor: Come) -> None:
    validator = visitor()
    validator.sign_in(bench.validator.email)
    validator.open(f"/cases/{case.pk}/")
    validator.fill(reason=REASON)
    validator.context.clear_cookies()
    validator.page.reload()
    validator.fill(login=bench.validator.email, password=PASSWORD)
    validator.press("Sign in")
    expect(validator.page.locator("[name=reason]")).to_have_value(REASON)


def test_the_job_can_be_done_without_scripts(bench, case, visitor: Come) -> None:
    validator = visitor(scripts=False)
    validator.sign_in(bench.validator.email)
    for place, heading in (
        ("/models/", "Portfolio"),
        ("/data/", "Data"),
        ("/runs/", "Runs"),
        ("/cases/", "Cases"),
        ("/reports/", "Reports"),
        (f"/runs/{bench.run.pk}/", bench.run.public_id),
        (f"/versions/{bench.version.pk}/", bench.version.model.name),
    ):
        validator.open(place)
        expect(validator.page.get_by_role("heading", level=1)).to_contain_text(heading)
    validator.open("/cases/")
    validator.follow(case.public_id)
    say(validator, PASSWORD)
    validator.reads("Recorded and signed")


def test_no_page_of_any_role_has_barriers(bench, case, visitor: Come) -> None:
    """Pages that the main journey does not come by, or not with something on them."""
    places = {
        bench.officer.email: ["/", "/models/", "/runs/", "/cases/", "/policies/", "/trail/"],
        access.person("administrator").email: ["/operations/", "/account/", "/account/tokens/"],
        bench.validator.email: [
            f"/models/{bench.version.model_id}/versions/",
            f"/models/{bench.version.model_id}/history/",
            f"/versions/{bench.version.pk}/runs/",
            f"/versions/{bench.version.pk}/cases/",
            f"/versions/{bench.version.pk}/reports/",
            f"/data/{bench.subject.reference.dataset_id}/",
            f"/use-cases/{bench.version.model.use_case_id}/",
            "/environments/",
            "/data/",
            "/use-cases/",
        ],
    }
    for email, paths in places.items():
        person = visitor(looking=True)
        person.sign_in(email)
        for path in paths:
            person.open(path)
            person.look()
