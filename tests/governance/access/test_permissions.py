"""``can`` and ``visible_to`` are two readings of one rule table."""

import datetime as dt
import uuid

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.access.governed import Governed
from governance.access.kinds import Permission, Role
from governance.access.models import User
from governance.access.permissions import can
from governance.access.querysets import ScopedQuerySet
from governance.access.rules import GRANTS, NEVER_BY_TOKEN, token_scopes
from governance.access.sharing import assign_perm
from governance.approvals.kinds import Choice
from governance.kernel.actor import Actor, Holding, Strength, Via
from inventory.catalog import commands as catalog
from inventory.catalog.models import Dataset, ModelVersion, RegisteredModel, UseCase
from inventory.catalog.rules.fields import DeploymentFields
from tests.factories import access as make
from tests.factories import approvals as cases
from tests.factories import catalog as things
from tests.factories import costs, documents

ROLES = [role for role in Role if role is not Role.SYSTEM]


GOVERNED = [
    model for model in apps.get_models() if isinstance(model._default_manager.all(), ScopedQuerySet)
]


@pytest.fixture
def world(db) -> dict:
    """Two teams with everything from a use case to a report; one model shared with a stranger."""
    benches = [cases.bench(), cases.bench()]
    for bench in benches:
        conditions = [cases.condition(bench.validator)]
        case = cases.decided(bench, decision=Choice.CONDITIONAL, conditions=conditions)
        documents.requested(bench, case)
        things.environment(bench.subject.team)
        running = DeploymentFields(target="scoring", valid_from=timezone.now())
        catalog.record_deployment(actor=bench.builder, version_id=bench.version.pk, fields=running)
        costs.scattered(bench.version, bench.builder.id)
    stranger = make.person()
    versions = [bench.version for bench in benches]
    assign_perm("catalog.view_registeredmodel", stranger, versions[0].model)
    teams = [bench.subject.team for bench in benches]
    rows = {kind: list(kind._default_manager.all()) for kind in GOVERNED}
    return {"teams": teams, "versions": versions, "stranger": stranger, "rows": rows}


def test_every_governed_model_is_read_along_its_managers_paths(world) -> None:
    """Else the property below would hold of nothing."""
    for kind, rows in world["rows"].items():
        assert issubclass(kind, Governed)
        of_all = not kind._default_manager.all().team_path
        owners = {None} if of_all else {team.pk for team in world["teams"]}
        assert {row.owning_team_id for row in rows} == owners, kind


@given(data=st.data())
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_seen_in_a_list_exactly_when_it_may_be_viewed(world, data) -> None:
    places = [None, *(team.pk for team in world["teams"]), uuid.uuid4()]
    holding = st.builds(Holding, st.sampled_from([r.value for r in ROLES]), st.sampled_from(places))
    scopes = st.none() | st.frozensets(st.sampled_from(token_scopes()))
    actor = Actor(
        id=data.draw(st.sampled_from([world["stranger"].pk, uuid.uuid4()])),
        holdings=data.draw(st.frozensets(holding, max_size=3)),
        via=Via.WEB,
        strength=Strength.PASSWORD,
        scopes=data.draw(scopes),
    )
    for kind, rows in world["rows"].items():
        visible = kind._default_manager.all()
        seen = set(visible.visible_to(actor).values_list("pk", flat=True))
        for row in rows:
            assert (row.pk in seen) == can(actor, visible.view, row), (kind, actor)


@pytest.mark.django_db
def test_nobody_sees_anything_without_a_role() -> None:
    things.version(things.model(make.team()))
    actor = make.actor(make.person())
    assert not RegisteredModel.objects.visible_to(actor).exists()


@pytest.mark.django_db
def test_a_shared_model_is_seen_with_its_versions_and_nothing_else(world) -> None:
    actor = make.actor(world["stranger"])
    assert [m.pk for m in RegisteredModel.objects.visible_to(actor)] == [
        world["versions"][0].model_id
    ]
    assert [v.pk for v in ModelVersion.objects.visible_to(actor)] == [world["versions"][0].pk]
    assert not Dataset.objects.visible_to(actor).exists()
    assert not can(actor, Permission.MODEL_EDIT, world["versions"][0])


def test_every_permission_stands_in_the_rule_table() -> None:
    assert set(GRANTS) == set(Permission)


def test_an_administrator_decides_nothing() -> None:
    deciding = {Permission.CASE_OPINE, Permission.CASE_DECIDE, Permission.CONDITION_MEET}
    assert all(Role.ADMINISTRATOR not in GRANTS[permission] for permission in deciding)


@pytest.mark.parametrize("permission", sorted(NEVER_BY_TOKEN))
def test_no_token_reaches_what_a_person_must_do(permission) -> None:
    everything = Actor(
        id=uuid.uuid4(),
        holdings=frozenset(Holding(role.value, None) for role in Role),
        via=Via.API,
        strength=Strength.TOKEN,
        scopes=frozenset(p.value for p in Permission) | {"read"},
    )
    assert not can(everything, permission)


@pytest.mark.django_db
def test_a_token_reads_by_default_and_writes_only_what_it_names() -> None:
    team = make.team()
    user = make.person(Role.DEVELOPER, team=team)
    reading = make.api_client(user, ["read"])
    assert reading.get("/api/v1/models/").status_code == 200
    refused = reading.post("/api/v1/use-cases/", {"name": "x"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["code"]
    assert not UseCase.objects.exists()


@pytest.mark.django_db
def test_an_expired_revoked_or_unknown_token_is_refused_alike(time_machine) -> None:
    time_machine.move_to(dt.datetime.now(dt.UTC))
    user = make.person(Role.DEVELOPER)
    client = make.api_client(user, ["read"])
    assert client.get("/api/v1/models/").status_code == 200
    time_machine.shift(dt.timedelta(days=31))
    assert client.get("/api/v1/models/").status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Bearer assay_guess")
    answer = client.get("/api/v1/models/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_an_account_that_was_closed_takes_its_tokens_along() -> None:
    user = make.person(Role.DEVELOPER)
    client = make.api_client(user, ["read"])
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/api/v1/models/").status_code == 401
