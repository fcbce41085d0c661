"""The catalogue's pages, as a signed-in person uses them without scripts."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from governance.access.kinds import Role
from inventory.catalog import commands
from inventory.catalog.models import Dataset, ModelVersion, RegisteredModel, UseCase
from tests.factories import access
from tests.factories import catalog as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return access.team()


@pytest.fixture
def owner(team):
    return access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=team)


@pytest.fixture
def browser_of_owner(client, owner):
    return access.signed_in(client, owner)


@pytest.fixture
def version(team):
    model, data = made.model(team), made.dataset_version(team, role="train")
    environment = made.environment(team)
    first = made.version(model, training_data_id=data.pk, environment_id=environment.pk)
    return made.version(
        model,
        training_data_id=data.pk,
        predecessor_id=first.pk,
        change_type="retrain",
        signature=made.signature(threshold=0.6),
    )


def _page(client, name, *args, query="", status=200):
    answer = client.get(reverse(f"catalog:{name}", args=args) + query)
    assert answer.status_code == status, (name, answer.status_code)
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


EMPTY = ("model-list", "use_case-list", "dataset-list", "environment-list")
FORMS = ("model-register", "use_case-create", "dataset-upload", "environment-record")


@pytest.mark.parametrize("name", [*EMPTY, *FORMS])
def test_page_opens_before_anything_is_there(browser_of_owner, name):
    assert "<h1>" in _page(browser_of_owner, name)


def test_empty_portfolio_says_what_to_do_first(browser_of_owner):
    assert reverse("catalog:model-register") in _page(browser_of_owner, "model-list")


def test_every_page_of_a_model_and_its_version_opens(browser_of_owner, version):
    model = version.model
    for name in ("detail", "versions", "cases", "reports", "history", "edit"):
        assert model.name in _page(browser_of_owner, f"model-{name}", model.pk)
    for name in ("detail", "runs", "cases", "reports", "history"):
        assert model.name in _page(browser_of_owner, f"version-{name}", version.pk)
    _page(browser_of_owner, "version-create", model.pk)
    _page(browser_of_owner, "deployment-record", version.pk)
    data = version.training_data
    for name in ("detail", "history"):
        assert data.dataset.name in _page(browser_of_owner, f"dataset-{name}", data.dataset_id)
    for name in ("detail", "history", "edit"):
        _page(browser_of_owner, f"use_case-{name}", model.use_case_id)
    _page(browser_of_owner, "environment-detail", version.predecessor.environment_id)


def test_version_page_shows_what_an_approval_would_bind(browser_of_owner, version):
    page = _page(browser_of_owner, "version-detail", version.pk)
    assert version.content_digest() in page
    assert version.artifact.digest in page
    assert version.training_data.digest in page


def test_comparison_puts_what_differs_first(browser_of_owner, version):
    page = _page(browser_of_owner, "version-compare", version.model_id, query="?a=1&b=2")
    assert page.index("threshold") < page.index("Signature: task")
    assert page.count(">Differs<") >= 2


def test_lists_export_csv_that_a_spreadsheet_does_not_calculate(browser_of_owner, team):
    made.model(team, name="=HYPERLINK(1)")
    page = _page(browser_of_owner, "model-list", query="?format=csv")
    assert "'=HYPERLINK(1)" in page
    for name in ("use_case-list", "dataset-list"):
        _page(browser_of_owner, name, query="?format=csv")


def test_filters_live_in_the_address(browser_of_owner, team):
    one, other = made.model(team, name="Needle"), made.model(team, kind="rule", name="Hay")
    assert "Hay" not in _page(browser_of_owner, "model-list", query="?q=needle")
    assert "Needle" not in _page(browser_of_owner, "model-list", query="?kind=rule")
    found = _page(browser_of_owner, "model-list", query=f"?q={one.public_id}")
    assert "Needle" in found
    assert "Hay" not in found
    assert "No model fits" in _page(browser_of_owner, "model-list", query="?q=zzz")
    assert other.name in _page(browser_of_owner, "model-list", query="?sort=-team")


def test_strangers_things_are_not_there(browser_of_owner):
    model, data = made.model(), made.dataset_version(access.team())
    for name in ("detail", "edit", "history"):
        _page(browser_of_owner, f"model-{name}", model.pk, status=404)
    _page(browser_of_owner, "dataset-detail", data.dataset_id, status=404)
    _page(browser_of_owner, "use_case-detail", model.use_case_id, status=404)
    assert model.name not in _page(browser_of_owner, "model-list")


def test_use_case_and_model_are_made_by_form(browser_of_owner, team, owner):
    body = {
        "team": team.pk,
        "name": "Loans",
        "decision": "Whether.",
        "autonomy": "recommends",
        "exposure": "high",
        "purpose": "customer",
        "reach": "many",
        "jurisdictions": "DE, FR",
    }
    answer = browser_of_owner.post(reverse("catalog:use_case-create"), body)
    use_case = UseCase.objects.get()
    assert answer.url == reverse("catalog:use_case-detail", args=[use_case.pk])
    assert use_case.jurisdictions == ["DE", "FR"]
    body = {
        "team": team.pk,
        "name": "Scoring",
        "use_case": use_case.pk,
        "kind": "ml",
        "complexity": "complex",
        "owner": owner.pk,
        "intended_use": "Scoring.",
    }
    answer = browser_of_owner.post(reverse("catalog:model-register"), body)
    model = RegisteredModel.objects.get()
    assert answer.url == reverse("catalog:model-detail", args=[model.pk])
    again = browser_of_owner.post(reverse("catalog:model-register"), body)
    assert again.status_code == 422
    assert "There is a model" in again.content.decode()
    assert 'value="Scoring"' in again.content.decode()
    changed = body | {"limitations": "Thin data under 21."}
    browser_of_owner.post(reverse("catalog:model-edit", args=[model.pk]), changed)
    model.refresh_from_db()
    assert model.limitations == "Thin data under 21."
    assert "Thin data" in _page(browser_of_owner, "model-history", model.pk)


@pytest.mark.parametrize("noun", ["model", "use_case"])
def test_a_form_that_was_open_meanwhile_overwrites_nothing(browser_of_owner, team, owner, noun):
    model = made.model(team)
    row, actor = getattr(model, noun, model), access.actor(owner)
    shown = browser_of_owner.get(reverse(f"catalog:{noun}-edit", args=[row.pk])).context["form"]
    typed = {field.html_name: field.value() for field in shown if field.value() is not None}
    change = {"actor": actor, "changes": {"name": "Renamed meanwhile"}}
    if noun == "model":
        commands.edit_model(model_id=row.pk, **change)
    else:
        commands.edit_use_case(use_case_id=row.pk, **change)
    answer = browser_of_owner.post(reverse(f"catalog:{noun}-edit", args=[row.pk]), typed)
    assert answer.status_code == 422
    assert "This changed since you read it" in answer.content.decode()
    row.refresh_from_db()
    assert row.name == "Renamed meanwhile"


def test_data_is_uploaded_with_its_new_dataset(browser_of_owner, team):
    body = {
        "team": team.pk,
        "name": "Applications",
        "sensitivity": "personal",
        "role": "reference",
        "file": SimpleUploadedFile("a.csv", made.csv_bytes()),
    }
    answer = browser_of_owner.post(reverse("catalog:dataset-upload"), body)
    row = Dataset.objects.get()
    assert answer.url == reverse("catalog:dataset-detail", args=[row.pk])
    page = _page(browser_of_owner, "dataset-detail", row.pk)
    assert "Being looked at" in page
    assert "hx-trigger" in page


def test_refused_data_leaves_no_dataset_behind(browser_of_owner, team):
    body = {
        "team": team.pk,
        "name": "Applications",
        "sensitivity": "personal",
        "role": "reference",
        "file": SimpleUploadedFile("a.csv", b"\x80\x04\x95pickle."),
    }
    answer = browser_of_owner.post(reverse("catalog:dataset-upload"), body)
    assert answer.status_code == 422
    assert "Python pickle" in answer.content.decode()
    assert not Dataset.objects.exists()


def test_polling_ends_when_the_file_was_looked_at(browser_of_owner, team):
    waiting = made.dataset_version(team, inspected=False)
    done = made.dataset_version(team)
    assert "hx-trigger" in _page(browser_of_owner, "dataset_version-inspection", waiting.pk)
    assert "hx-trigger" not in _page(browser_of_owner, "dataset_version-inspection", done.pk)


def _version_body(data, **changes):
    uses = {"income": "number", "debt": "number", "age": "number", "region": "number"}
    uses |= {"paid": "target"}
    names = [column["name"] for column in data.columns]
    return {
        "training_data": data.pk,
        "change_type": "initial",
        "task": "classification",
        "positive_label": "1",
        "threshold": "0.5",
        "favourable": "on",
        **{f"use_{i}": uses.get(name, "") for i, name in enumerate(names)},
        f"protected_{names.index('group')}": "on",
        "file": SimpleUploadedFile("model.skops", made.skops_bytes()),
    } | changes


def test_version_is_made_from_a_file_and_marked_columns(browser_of_owner, team):
    model, data = made.model(team), made.dataset_version(team, role="train")
    place = reverse("catalog:version-create", args=[model.pk])
    page = browser_of_owner.get(f"{place}?training_data={data.pk}").content.decode()
    assert "Use of income" in page
    answer = browser_of_owner.post(place, _version_body(data))
    row = ModelVersion.objects.get()
    assert answer.url == reverse("catalog:version-detail", args=[row.pk])
    assert row.signature["target"] == "paid"
    assert row.signature["protected"] == ["group"]
    assert [column["name"] for column in row.signature["features"]] == list(made.FEATURES)


def test_refused_version_keeps_the_file_and_what_was_typed(browser_of_owner, team):
    model, data = made.model(team), made.dataset_version(team, role="train")
    place = reverse("catalog:version-create", args=[model.pk])
    answer = browser_of_owner.post(
        place, _version_body(data, positive_label="", change_note="Mine")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the label whose probability" in page
    assert "Mine" in page
    assert "model.skops" in page
    assert not ModelVersion.objects.exists()


def test_version_form_takes_a_pasted_signature_with_an_artifact_that_is_here(
    browser_of_owner, team
):
    import json

    model, artifact = made.model(team), made.artifact(team)
    body = {
        "artifact": artifact.pk,
        "change_type": "initial",
        "task": "classification",
        "signature_json": json.dumps(made.signature()),
    }
    place = reverse("catalog:version-create", args=[model.pk])
    assert browser_of_owner.post(place, body).status_code == 302
    wrong = json.dumps(made.signature(target="income"))
    answer = browser_of_owner.post(place, body | {"signature_json": wrong})
    assert answer.status_code == 422
    assert "The target is among the features" in answer.content.decode()


def test_model_is_shared_by_its_owner_and_seen_by_the_person(browser_of_owner, version, client):
    guest = access.person(Role.MODEL_USER, team=access.team())
    place = reverse("catalog:model-share", args=[version.model_id])
    browser_of_owner.post(place, {"email": guest.email})
    assert guest.name in _page(browser_of_owner, "model-detail", version.model_id)
    from django.test import Client

    theirs = access.signed_in(Client(), guest)
    assert theirs.get(reverse("catalog:model-detail", args=[version.model_id])).status_code == 200
    end = reverse("catalog:model-unshare", args=[version.model_id, guest.pk])
    browser_of_owner.post(end)
    assert theirs.get(reverse("catalog:model-detail", args=[version.model_id])).status_code == 404


def test_deployment_is_recorded_and_ended_by_form(browser_of_owner, version):
    place = reverse("catalog:deployment-record", args=[version.pk])
    body = {"target": "scoring-eu", "valid_from": "2026-01-01T00:00", "traffic_share": "50"}
    assert browser_of_owner.post(place, body).status_code == 302
    assert "scoring-eu" in _page(browser_of_owner, "version-detail", version.pk)
    row = version.deployments.get()
    end = reverse("catalog:deployment-end", args=[row.pk])
    early = browser_of_owner.post(end, {"ended_at": "2025-01-01T00:00"})
    assert early.status_code == 422
    assert browser_of_owner.post(end, {"ended_at": "2026-02-01T00:00"}).status_code == 302
    assert version.deployments.count() == 2


def test_environment_is_recorded_from_a_lock(browser_of_owner, team):
    place = reverse("catalog:environment-record")
    lock = SimpleUploadedFile("r.txt", made.LOCK.encode())
    answer = browser_of_owner.post(place, {"team": team.pk, "name": "E", "lock": lock})
    assert answer.status_code == 302
    page = browser_of_owner.get(answer.url).content.decode()
    assert "1 of 2 packages carry no hash" in page
    loose = SimpleUploadedFile("r.txt", b"pandas>=2\n")
    answer = browser_of_owner.post(place, {"team": team.pk, "name": "E", "lock": loose})
    assert answer.status_code == 422
    assert "Line 1 is not pinned" in answer.content.decode()


def test_portfolio_takes_the_same_queries_for_one_model_and_many(
    browser_of_owner, team, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    made.version(made.model(team))
    place = reverse("catalog:model-list")
    browser_of_owner.get(place)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser_of_owner.get(place)
    for _ in range(5):
        made.version(made.model(team))
    with CaptureQueriesContext(connection) as many:
        browser_of_owner.get(place)
    assert len(many) == len(few)
