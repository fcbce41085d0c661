"""Writing the catalogue: each command works, is refused, is not permitted, is repeated or raced."""

import threading
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connections

from governance.access.kinds import Role
from governance.kernel.actor import Actor
from governance.kernel.errors import (
    Conflict,
    DomainError,
    Missing,
    Moved,
    NotPermitted,
    RuleBroken,
    TooLarge,
)
from governance.ledger import reading
from governance.ledger.proofs import head_position
from inventory.catalog import commands, storage
from inventory.catalog.kinds import Findings, Inspection
from inventory.catalog.models import (
    Artifact,
    Dataset,
    DatasetVersion,
    Deployment,
    Environment,
    ModelShare,
    ModelVersion,
    RegisteredModel,
    UseCase,
)
from inventory.catalog.rules.fields import DataVersionFields, DeploymentFields
from tests.factories import access
from tests.factories import catalog as made

pytestmark = pytest.mark.django_db
TABLES = (
    *(UseCase, RegisteredModel, ModelVersion, Artifact, Dataset, DatasetVersion),
    *(Environment, Deployment, ModelShare),
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def team():
    return access.team()


@pytest.fixture
def actor(team):
    return made.builder(team)


def _stand():
    """Everything that a refused command must leave as it was."""
    rows = [list(table.objects.order_by("pk").values()) for table in TABLES]
    return head_position(), rows


def _refused(error: type[DomainError], act, code: str = "") -> DomainError:
    before = _stand()
    with pytest.raises(error) as told:
        act()
    assert _stand() == before
    assert not code or told.value.code == code
    return told.value


@pytest.fixture
def stranger() -> Actor:
    return made.builder(access.team())


@pytest.fixture
def reader(team) -> Actor:
    return access.actor(access.person(Role.MODEL_USER, team=team))


def _kinds(*ids):
    return [event.kind for event in reading.history(ids)][::-1]


# -- Use cases -------------------------------------------------------------------------------------


def test_use_case_is_created_with_its_event(team, actor):
    row = made.use_case(team, actor, jurisdictions=("DE", " DE ", "FR"))
    assert row.jurisdictions == ["DE", "FR"]
    (event,) = reading.history([row.pk])
    assert event.kind == "catalog.use_case.created"
    assert event.body["public_id"] == row.public_id
    assert event.actor_id == actor.id


def test_use_case_name_is_given_once_in_a_team(team, actor):
    made.use_case(team, actor, name="Loans")
    _refused(Conflict, lambda: made.use_case(team, actor, name="Loans"), "name-taken")
    assert made.use_case(access.team(), name="Loans")


@pytest.mark.parametrize(
    "changes",
    [{"reach": "galactic"}, {"name": ""}, {"name": "a\x00"}, {"regimes": ("",)}, {"decision": ""}],
)
def test_use_case_with_a_wrong_value_is_refused_by_name(team, actor, changes):
    told = _refused(RuleBroken, lambda: made.use_case(team, actor, **changes))
    assert set(told.errors) == set(changes)


def test_use_case_is_not_created_by_readers_or_strangers(team, stranger, reader):
    _refused(NotPermitted, lambda: made.use_case(team, reader))
    _refused(NotPermitted, lambda: made.use_case(team, stranger))


def test_use_case_sponsor_has_a_role_in_the_team(team, actor):
    outsider = access.person(Role.MANAGER, team=access.team())
    _refused(RuleBroken, lambda: made.use_case(team, actor, sponsor_id=outsider.pk))
    insider = access.person(Role.MANAGER, team=team)
    assert made.use_case(team, actor, sponsor_id=insider.pk).sponsor_id == insider.pk


def test_use_case_change_says_what_became_of_what(team, actor):
    row = made.use_case(team, actor)
    edit = lambda **changes: commands.edit_use_case(  # noqa: E731
        actor=actor, use_case_id=row.pk, changes=changes
    )
    assert edit(reach="mass").revision == 2
    event = reading.history([row.pk])[0]
    assert event.body == {"changes": {"reach": {"from": "many", "to": "mass"}}}
    before = _stand()
    assert edit(reach="mass").revision == 2
    assert _stand() == before


def test_change_of_what_somebody_else_changed_is_refused(team, actor):
    row = made.use_case(team, actor)
    commands.edit_use_case(actor=actor, use_case_id=row.pk, changes={"reach": "mass"}, revision=1)
    late = lambda: commands.edit_use_case(  # noqa: E731
        actor=actor, use_case_id=row.pk, changes={"reach": "few"}, revision=1
    )
    _refused(Moved, late)


def test_use_case_of_strangers_is_missing_and_its_number_is_fixed(team, actor, stranger, reader):
    row = made.use_case(team, actor)
    by = lambda who, **changes: commands.edit_use_case(  # noqa: E731
        actor=who, use_case_id=row.pk, changes=changes
    )
    _refused(Missing, lambda: by(stranger, reach="mass"))
    _refused(NotPermitted, lambda: by(reader, reach="mass"))
    _refused(RuleBroken, lambda: by(actor, number=7), "not-editable")


# -- Models ----------------------------------------------------------------------------------------


def test_models_are_numbered_without_gaps(team, actor):
    first = made.model(team, actor)
    with pytest.raises(Conflict):
        made.model(team, actor, name=first.name)
    assert made.model(team, actor).number == first.number + 1
    assert _kinds(first.pk) == ["catalog.model.registered"]


def test_model_is_not_registered_by_strangers_or_for_strange_use_cases(team, actor, stranger):
    use_case = made.use_case(team, actor)
    _refused(NotPermitted, lambda: made.model(team, stranger, use_case=use_case))
    theirs = made.use_case(access.team())
    _refused(Missing, lambda: made.model(team, actor, use_case=theirs))


def test_model_owner_has_a_role_in_the_team(team, actor):
    use_case, outsider = made.use_case(team, actor), access.person(Role.MODEL_OWNER)
    stranger = access.person(Role.MODEL_OWNER, team=access.team())
    _refused(RuleBroken, lambda: made.model(team, actor, use_case=use_case, owner=stranger))
    assert made.model(team, actor, use_case=use_case, owner=outsider).owner == outsider


def test_model_edit_is_recorded_and_guarded(team, actor, stranger, reader):
    row = made.model(team, actor)
    edit = lambda who, **changes: commands.edit_model(  # noqa: E731
        actor=who, model_id=row.pk, changes=changes
    )
    edit(actor, limitations="Thin data under 21.")
    assert reading.history([row.pk])[0].body["changes"]["limitations"]["to"].startswith("Thin")
    _refused(Missing, lambda: edit(stranger, limitations="x"))
    _refused(NotPermitted, lambda: edit(reader, limitations="x"))
    _refused(RuleBroken, lambda: edit(actor, external_ids={"a": "\x00"}))
    _refused(Missing, lambda: edit(actor, use_case_id=uuid.uuid4()))


def test_shared_model_is_seen_until_the_sharing_ends(team, actor):
    row, guest = made.model(team, actor), access.person(Role.MODEL_USER, team=access.team())
    call = {"actor": actor, "model_id": row.pk, "user_id": guest.pk}
    seen = lambda: RegisteredModel.objects.visible_to(access.actor(guest)).exists()  # noqa: E731
    assert not seen()
    commands.share_model(**call)
    assert seen()
    _refused(Conflict, lambda: commands.share_model(**call))
    _refused(NotPermitted, lambda: commands.share_model(**call | {"actor": access.actor(guest)}))
    commands.unshare_model(**call)
    assert not seen()
    _refused(Missing, lambda: commands.unshare_model(**call))
    assert _kinds(row.pk)[1:] == ["access.object.shared", "access.object.unshared"]


# -- Artifacts -------------------------------------------------------------------------------------


def _receive(actor, team, content=None, name="model.skops", **more):
    return commands.receive_artifact(
        actor=actor,
        team_id=team.pk,
        upload=made.upload(made.skops_bytes() if content is None else content, name),
        **more,
    )


def test_artifact_is_kept_by_its_digest_whatever_its_name(team, actor):
    row = _receive(actor, team, name="../../etc/passwd\x00\n").row
    assert row.format == "skops"
    assert row.file_name == "passwd"
    assert row.inspection == Inspection.WAITING
    with storage.open_blob(row.digest) as kept:
        assert kept.read() == made.skops_bytes()
    assert _kinds(row.pk) == ["catalog.artifact.received"]


def test_same_bytes_again_write_nothing(team, actor):
    first = _receive(actor, team)
    before = _stand()
    again = _receive(actor, team, name="other.bin")
    assert (again.row, again.fresh) == (first.row, False)
    assert _stand() == before
    assert _receive(made.builder(other := access.team()), other).fresh


def test_artifact_with_another_digest_than_promised_is_not_kept(team, actor):
    content = made.boosted_bytes("xgboost-json")
    _refused(RuleBroken, lambda: _receive(actor, team, content, sha256="0" * 64), "wrong-digest")
    _refused(RuleBroken, lambda: _receive(actor, team, content, sha256="zz"), "bad-value")
    import hashlib

    digest = hashlib.sha256(content).hexdigest()
    with pytest.raises(Missing):
        storage.open_blob(digest)
    assert _receive(actor, team, content, sha256=digest.upper()).fresh


def test_artifact_beyond_the_cap_is_refused(team, actor):
    upload = made.upload(made.skops_bytes())
    upload.beyond_cap = True
    call = {"actor": actor, "team_id": team.pk, "upload": upload}
    _refused(TooLarge, lambda: commands.receive_artifact(**call))


def test_artifact_is_not_received_from_readers_or_strangers(team, stranger, reader):
    _refused(NotPermitted, lambda: _receive(reader, team))
    _refused(NotPermitted, lambda: _receive(stranger, team))


# -- Data ------------------------------------------------------------------------------------------


def test_data_versions_are_numbered_and_the_same_bytes_are_one(team, actor):
    dataset = made.dataset(team, actor)
    first = made.dataset_version(dataset, actor)
    second = made.dataset_version(dataset, actor, made.parquet_bytes(), role="current")
    assert (first.number, second.number) == (1, 2)
    assert made.dataset_version(dataset, actor) == first
    _refused(Conflict, lambda: made.dataset_version(dataset, actor, role="train"), "bytes-known")
    assert _kinds(first.pk)[0] == "catalog.dataset_version.received"


def test_data_goes_to_ones_own_datasets_only(team, actor, stranger):
    dataset = made.dataset(team, actor)
    manager = access.actor(access.person(Role.MANAGER, team=team))
    _refused(Missing, lambda: made.dataset_version(dataset, stranger))
    _refused(NotPermitted, lambda: made.dataset_version(dataset, manager))
    _refused(NotPermitted, lambda: made.dataset(team, manager))
    _refused(Conflict, lambda: made.dataset(team, actor, name=dataset.name))


def test_data_window_ends_after_it_starts(team, actor):
    dataset = made.dataset(team, actor)
    window = {"window_start": START.date(), "window_end": START.date().replace(year=2025)}
    receive = lambda: commands.receive_dataset_version(  # noqa: E731
        actor=actor,
        dataset_id=dataset.pk,
        fields=DataVersionFields(role="train", **window),
        upload=made.upload(made.csv_bytes()),
    )
    _refused(RuleBroken, receive)


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1 and no more", b"\x80\x04\x95.", b"[{}]", b"a;b\n1;2\n", b"PK\x03\x04xl/" * 9],
)
def test_unwelcome_data_leaves_nothing(team, actor, content):
    dataset = made.dataset(team, actor)
    told = _refused(RuleBroken, lambda: made.dataset_version(dataset, actor, content))
    assert told.errors["file"]


# -- Inspections -----------------------------------------------------------------------------------


def test_inspection_is_written_once_and_by_the_service_alone(team, actor):
    row = made.artifact(team, actor, inspected=False)
    record = lambda who: commands.record_inspection(  # noqa: E731
        actor=who, noun="artifact", row_id=row.pk, findings=Findings(reason="Cut off.")
    )
    _refused(NotPermitted, lambda: record(actor))
    service = access.system_actor()
    assert record(service)
    before = _stand()
    assert not record(service)
    assert _stand() == before
    row.refresh_from_db()
    assert (row.inspection, row.inspection_note) == (Inspection.UNREADABLE, "Cut off.")


# -- Versions --------------------------------------------------------------------------------------


def test_version_binds_its_parts(team, actor):
    model, data = made.model(team, actor), made.dataset_version(team, actor, role="train")
    row = made.version(model, actor, training_data_id=data.pk, parameters={"C": 1.0})
    (event,) = reading.history([row.pk])
    assert event.body["content"] == row.content_digest()
    assert row.signature["features"][0]["required"] is True
    again = made.version(model, actor, artifact_id=row.artifact_id, predecessor_id=row.pk)
    assert again.number == 2


def test_version_of_unreadable_parts_is_refused(team, actor):
    model, artifact = made.model(team, actor), made.artifact(team, actor, inspected=False)
    data = made.dataset_version(team, actor, inspected=False)
    for noun, row in (("artifact", artifact), ("dataset_version", data)):
        commands.record_inspection(
            actor=access.system_actor(),
            noun=noun,
            row_id=row.pk,
            findings=Findings(reason="Cut off."),
        )
    told = _refused(RuleBroken, lambda: made.version(model, actor, artifact_id=artifact.pk))
    assert "Cut off." in told.errors["artifact"][0]
    sound = made.artifact(team, actor, made.boosted_bytes())
    make = lambda: made.version(  # noqa: E731
        model, actor, artifact_id=sound.pk, training_data_id=data.pk
    )
    assert "training_data" in _refused(RuleBroken, make).errors


def test_version_needs_the_signatures_columns_in_its_training_data(team, actor):
    model = made.model(team, actor)
    short = made.frame().drop(columns=["debt", "group"])
    data = made.dataset_version(team, actor, made.csv_bytes(short))
    artifact = made.artifact(team, actor)
    make = lambda: made.version(  # noqa: E731
        model, actor, artifact_id=artifact.pk, training_data_id=data.pk
    )
    told = _refused(RuleBroken, make)
    assert "“debt”" in told.message
    assert "“group”" in told.message


def test_version_takes_no_part_that_is_not_its_own(team, actor):
    model, artifact = made.model(team, actor), made.artifact(team, actor)
    other = access.team()
    make = lambda **parts: made.version(  # noqa: E731
        model, actor, **{"artifact_id": artifact.pk} | parts
    )
    theirs = made.artifact(other)
    strange = made.version(made.model(other))
    data, environment = made.dataset_version(other), made.environment(other)
    _refused(Missing, lambda: make(artifact_id=theirs.pk))
    _refused(Missing, lambda: make(training_data_id=data.pk))
    _refused(Missing, lambda: make(environment_id=environment.pk))
    _refused(Missing, lambda: make(predecessor_id=strange.pk))
    cousin = made.version(made.model(team, actor), actor)
    assert "predecessor" in _refused(RuleBroken, lambda: make(predecessor_id=cousin.pk)).errors


def test_version_is_not_made_by_readers_or_strangers(team, actor, stranger, reader):
    model, artifact = made.model(team, actor), made.artifact(team, actor)
    make = lambda who: made.version(model, who, artifact_id=artifact.pk)  # noqa: E731
    _refused(NotPermitted, lambda: make(reader))
    _refused(Missing, lambda: make(stranger))


@pytest.mark.django_db(transaction=True)
def test_versions_made_at_once_get_their_own_numbers(team, actor):
    model, artifact = made.model(team, actor), made.artifact(team, actor)
    failed = []

    def make() -> None:
        try:
            made.version(model, actor, artifact_id=artifact.pk)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(model.versions.values_list("number", flat=True)) == [1, 2, 3, 4]


# -- Environments and deployments ------------------------------------------------------------------


def test_environment_is_recorded_once_for_a_lock(team, actor, reader):
    row = made.environment(team, actor, lock=made.LOCK)
    assert [package["hashed"] for package in row.packages] == [True, False]
    _refused(Conflict, lambda: made.environment(team, actor, lock=made.LOCK))
    _refused(RuleBroken, lambda: made.environment(team, actor, lock="pandas>=2"), "bad-lock")
    _refused(NotPermitted, lambda: made.environment(team, reader))
    assert _kinds(row.pk) == ["catalog.environment.recorded"]


def test_ended_deployment_keeps_what_was_known_before(team, actor, stranger, reader):
    version = made.version(made.model(team, actor), actor)
    fields = DeploymentFields(target="scoring-eu", valid_from=START)
    row = commands.record_deployment(actor=actor, version_id=version.pk, fields=fields)
    end = lambda who, at: commands.end_deployment(  # noqa: E731
        actor=who, deployment_id=row.pk, ended_at=at
    )
    _refused(RuleBroken, lambda: end(actor, START.replace(year=2025)))
    _refused(Missing, lambda: end(stranger, START.replace(month=2)))
    _refused(NotPermitted, lambda: end(reader, START.replace(month=2)))
    ended = end(actor, START.replace(month=2))
    row.refresh_from_db()
    assert row.valid_to is None
    assert row.recorded_to is not None
    assert ended.valid_to == START.replace(month=2)
    assert list(Deployment.objects.current()) == []
    _refused(Conflict, lambda: end(actor, START.replace(month=3)))


def test_model_is_retired_once_with_a_reason_and_takes_nothing_more(team, actor, stranger, reader):
    version = made.version(made.model(team, actor))
    row = version.model
    retire = lambda who, reason="Nobody asks it.": commands.retire_model(  # noqa: E731
        actor=who, model_id=row.pk, reason=reason
    )
    deploy = lambda: commands.record_deployment(  # noqa: E731
        actor=actor, version_id=version.pk, fields=DeploymentFields("counter", START)
    )
    running = deploy()
    _refused(Conflict, lambda: retire(actor), "still-running")
    commands.end_deployment(actor=actor, deployment_id=running.pk, ended_at=datetime.now(UTC))
    _refused(RuleBroken, lambda: retire(actor, "  "), "reason-needed")
    _refused(NotPermitted, lambda: retire(reader))
    _refused(Missing, lambda: retire(stranger))
    assert retire(actor).retired_at is not None
    assert reading.history([row.pk])[0].body["reason"] == "Nobody asks it."
    _refused(Conflict, lambda: retire(actor), "retired")
    _refused(Conflict, deploy, "retired")


def test_deployment_is_recorded_by_builders_with_a_share_that_is_one(team, actor, stranger, reader):
    version = made.version(made.model(team, actor), actor)
    record = lambda who, **more: commands.record_deployment(  # noqa: E731
        actor=who,
        version_id=version.pk,
        fields=DeploymentFields(target="scoring", valid_from=START, **more),
    )
    _refused(NotPermitted, lambda: record(reader))
    _refused(Missing, lambda: record(stranger))
    _refused(RuleBroken, lambda: record(actor, traffic_share=101))
    cousin = made.version(made.model(team, actor), actor)
    _refused(RuleBroken, lambda: record(actor, rollback_target_id=cousin.pk))
