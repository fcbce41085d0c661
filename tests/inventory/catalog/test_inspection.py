"""Files are opened in the sandbox, by a worker, and what is wrong with one is said."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from audits.engine.errors import SandboxMissingError
from audits.engine.shared import close_shared_host
from governance.kernel.actor import system_actor
from governance.kernel.errors import NotPermitted
from governance.ledger.proofs import head_position
from inventory.catalog import commands, inspection
from inventory.catalog.kinds import INSPECT, Inspection
from inventory.catalog.models import Artifact
from inventory.catalog.storage import blob_name
from inventory.catalog.tasks import inspect, sweep
from tests.factories import access
from tests.factories import catalog as made

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _one_host():
    yield
    close_shared_host()


@pytest.fixture
def team():
    return access.team()


def _inspected(noun, row):
    inspect(noun, str(row.pk))
    row.refresh_from_db()
    return row


def test_sound_files_are_described(team):
    artifact = _inspected("artifact", made.artifact(team, inspected=False))
    assert artifact.inspection == Inspection.READABLE, artifact.inspection_note
    assert artifact.facts["library"] == "scikit-learn"
    assert artifact.facts["features"] == list(made.FEATURES)
    data = _inspected("dataset_version", made.dataset_version(team, inspected=False))
    assert data.inspection == Inspection.READABLE, data.inspection_note
    assert data.rows == 400
    assert {"name": "income", "type": "number", "nulls": 0} in data.columns


def test_hostile_and_broken_files_end_as_unreadable_with_a_reason(team):
    dataset = made.dataset(team)
    broken = made.boosted_bytes()[:400] + b"}" * 60
    bad = [
        ("artifact", made.artifact(team, content=broken, inspected=False)),
        *(
            ("dataset_version", made.dataset_version(dataset, content=content, inspected=False))
            for content in (
                b"a,b\n1,2\n3\n",
                b"a,b\n",
                b"a,a\n1,2\n",
                b'{"a": 1}\n{"a": \n',
                b"PAR1" + b"\x15" * 200 + b"\xff\xff\xff\x00PAR1",
            )
        ),
    ]
    for noun, row in bad:
        assert _inspected(noun, row).inspection == Inspection.UNREADABLE
        assert row.inspection_note
    sound = _inspected("dataset_version", made.dataset_version(dataset, inspected=False))
    assert sound.inspection == Inspection.READABLE


def test_file_that_the_storage_lost_is_unreadable(team):
    from django.core.files.storage import default_storage

    row = made.dataset_version(team, content=b"lost,b\n1,2\n", inspected=False)
    default_storage.delete(blob_name(row.digest))
    assert "lacks the file" in _inspected("dataset_version", row).inspection_note


def test_second_inspection_changes_nothing(team):
    row = _inspected("artifact", made.artifact(team, inspected=False))
    facts = row.facts
    assert _inspected("artifact", row).facts == facts


def test_waiting_files_are_sent_again(team, monkeypatch, django_capture_on_commit_callbacks):
    row = made.artifact(team, inspected=False)
    type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    made.dataset_version(team, inspected=False)  # too young to be forgotten
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **told: sent.append((name, told)))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert [(name, told["args"]) for name, told in sent] == [(INSPECT, ("artifact", str(row.pk)))]


def _lose_worker(row):
    """Take the file as a worker does that is then lost, and let its lease run out."""
    assert commands.claim_inspection(actor=system_actor(), noun="artifact", row_id=row.pk)
    past = timezone.now() - timedelta(seconds=1)
    Artifact.objects.filter(pk=row.pk).update(inspection_lease_until=past)


def test_file_that_another_worker_has_is_left_to_it(team, monkeypatch):
    row = made.artifact(team, inspected=False)
    assert commands.claim_inspection(actor=system_actor(), noun="artifact", row_id=row.pk)
    assert not commands.claim_inspection(actor=system_actor(), noun="artifact", row_id=row.pk)
    monkeypatch.setattr(inspection, "look_at", lambda *_: pytest.fail("looked at twice"))
    assert _inspected("artifact", row).inspection == Inspection.WAITING


def test_file_that_ends_its_worker_three_times_is_unreadable(team):
    row = made.artifact(team, inspected=False)
    for _ in range(3):
        _lose_worker(row)
    before = head_position()[0]
    assert _inspected("artifact", row).inspection == Inspection.UNREADABLE
    assert "three times" in row.inspection_note
    assert head_position()[0] == before + 1
    assert _inspected("artifact", row).inspection_attempt == 3
    assert head_position()[0] == before + 1


def test_machine_without_a_sandbox_costs_no_attempt(team, monkeypatch):
    def missing(*_):
        raise SandboxMissingError("There is no sandbox here.")

    row = made.artifact(team, inspected=False)
    monkeypatch.setattr(inspection, "look_at", missing)
    with pytest.raises(SandboxMissingError):
        inspect("artifact", str(row.pk))
    row.refresh_from_db()
    assert (row.inspection_attempt, row.inspection) == (0, Inspection.WAITING)


def test_claimed_file_is_not_sent_again_until_its_lease_ends(
    team, monkeypatch, django_capture_on_commit_callbacks
):
    row = made.artifact(team, inspected=False)
    Artifact.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    commands.claim_inspection(actor=system_actor(), noun="artifact", row_id=row.pk)
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *told, **_: sent.append(told))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert sent == []
    past = timezone.now() - timedelta(seconds=1)
    Artifact.objects.filter(pk=row.pk).update(inspection_lease_until=past)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert len(sent) == 1


def test_people_claim_no_inspection(team):
    row = made.artifact(team, inspected=False)
    for act in (commands.claim_inspection, commands.return_inspection):
        with pytest.raises(NotPermitted):
            act(actor=made.builder(team), noun="artifact", row_id=row.pk)


def test_looking_into_a_file_ends_within_five_minutes():
    assert inspect.time_limit <= 300
