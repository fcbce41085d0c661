"""Accounts, teams, roles and tokens."""

import io
import sys
import uuid

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from governance.access import commands as access
from governance.access.kinds import Kind, Role
from governance.access.models import ApiToken, Membership, Team, User
from governance.kernel.actor import Actor, Via, system_actor
from governance.kernel.errors import Conflict, Invalid, Missing, NotPermitted
from governance.ledger import reading
from tests.factories import access as make

pytestmark = pytest.mark.django_db
SYSTEM = system_actor(Via.COMMAND)


def kinds() -> list[str]:
    return [e.kind for e in reading.trail_page(reading.search(), size=1000, cursor=None).items]


def test_an_account_leaves_an_event_without_name_or_address() -> None:
    user = access.create_user(
        actor=SYSTEM, email="ada@example.org", name="Ada", password=make.PASSWORD
    )
    event = reading.events_about([user.pk])[0]
    assert event.kind == Kind.USER_CREATED
    assert event.body == {}


def test_a_weak_password_or_a_known_address_is_refused_and_nothing_is_kept() -> None:
    make.person()
    before = kinds()
    with pytest.raises(Invalid, match="12"):
        access.create_user(actor=SYSTEM, email="b@example.org", name="B", password="short")
    user = User.objects.get()
    with pytest.raises(Conflict):
        access.create_user(actor=SYSTEM, email=user.email.upper(), name="B", password=make.PASSWORD)
    assert User.objects.count() == 1
    assert kinds() == before


def test_only_an_administrator_makes_accounts() -> None:
    actor = make.actor(make.person(Role.RISK_OFFICER))
    with pytest.raises(NotPermitted):
        access.create_user(actor=actor, email="c@example.org", name="C", password=make.PASSWORD)


def test_nobody_gives_a_role_to_themselves_or_the_services_role_to_anyone() -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    actor = make.actor(administrator)
    with pytest.raises(Conflict):
        access.grant_role(
            actor=actor, user_id=administrator.pk, role=Role.RISK_OFFICER, team_id=None
        )
    with pytest.raises(Invalid):
        access.grant_role(actor=actor, user_id=make.person().pk, role=Role.SYSTEM, team_id=None)
    assert list(Membership.objects.values_list("role", flat=True)) == [Role.ADMINISTRATOR]


@pytest.mark.parametrize("in_team", [True, False])
def test_a_role_is_held_once(in_team) -> None:
    team = make.team() if in_team else None
    user = make.person(Role.AUDITOR, team=team)
    with pytest.raises(Conflict):
        access.grant_role(
            actor=SYSTEM, user_id=user.pk, role=Role.AUDITOR, team_id=team.pk if team else None
        )
    assert Membership.objects.count() == 1


def test_a_revoked_role_is_gone_and_the_event_stays() -> None:
    user = make.person(Role.AUDITOR)
    access.revoke_role(actor=SYSTEM, membership_id=Membership.objects.get().pk)
    assert not Membership.objects.exists()
    assert [e.kind for e in reading.events_about([user.pk])][-2:] == [
        Kind.ROLE_GRANTED,
        Kind.ROLE_REVOKED,
    ]


@pytest.fixture
def of_one_team() -> tuple[Actor, Team]:
    """The administrator of a single team."""
    team = make.team()
    return make.actor(make.person(Role.ADMINISTRATOR, team=team)), team


def test_a_teams_administrator_gives_and_takes_roles_in_that_team_alone(of_one_team) -> None:
    actor, team = of_one_team
    user, other = make.person(), make.team()
    held = access.grant_role(actor=actor, user_id=user.pk, role=Role.AUDITOR, team_id=team.pk)
    foreign = make.person(Role.AUDITOR, team=other).memberships.get()
    wide = make.person(Role.AUDITOR).memberships.get()
    before, rows = kinds(), Membership.objects.count()
    for place in (None, other.pk):
        with pytest.raises(NotPermitted):
            access.grant_role(actor=actor, user_id=user.pk, role=Role.AUDITOR, team_id=place)
    for membership in (foreign, wide):
        with pytest.raises(NotPermitted):
            access.revoke_role(actor=actor, membership_id=membership.pk)
    assert (kinds(), Membership.objects.count()) == (before, rows)
    access.revoke_role(actor=actor, membership_id=held.pk)
    assert not user.memberships.exists()


def test_a_teams_administrator_makes_no_accounts_teams_or_revocations_of_tokens(
    of_one_team,
) -> None:
    actor, _ = of_one_team
    token, _ = access.create_token(
        actor=make.actor(make.person(Role.DEVELOPER)), label="x", scopes=["read"]
    )
    before, people, teams = kinds(), User.objects.count(), Team.objects.count()
    with pytest.raises(NotPermitted):
        access.create_user(actor=actor, email="d@example.org", name="D", password=make.PASSWORD)
    with pytest.raises(NotPermitted):
        access.create_team(actor=actor, slug="own", name="Own")
    with pytest.raises(Missing):
        access.revoke_token(actor=actor, token_id=token.pk)
    assert (kinds(), User.objects.count(), Team.objects.count()) == (before, people, teams)
    everywhere = make.actor(make.person(Role.ADMINISTRATOR))
    access.revoke_token(actor=everywhere, token_id=token.pk)
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_role_for_nobody_or_in_no_team_is_refused_as_missing() -> None:
    user, before = make.person(), kinds()
    with pytest.raises(Missing):
        access.grant_role(actor=SYSTEM, user_id=uuid.uuid4(), role=Role.AUDITOR, team_id=None)
    with pytest.raises(Missing):
        access.grant_role(actor=SYSTEM, user_id=user.pk, role=Role.AUDITOR, team_id=uuid.uuid4())
    assert (kinds(), Membership.objects.count()) == (before, 0)


def test_a_tokens_secret_is_nowhere_in_the_database() -> None:
    user = make.person(Role.DEVELOPER)
    token, secret = access.create_token(
        actor=make.actor(user), label="ci", scopes=["read"], days=90
    )
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())
    assert secret not in str(reading.trail_page(reading.search(), size=1000, cursor=None).items)


@pytest.mark.parametrize(("scopes", "days"), [(["case.decide"], 30), (["read"], 91), (["read"], 0)])
def test_a_token_that_would_decide_or_live_too_long_is_refused(scopes, days) -> None:
    actor = make.actor(make.person(Role.RISK_OFFICER))
    with pytest.raises(Invalid):
        access.create_token(actor=actor, label="x", scopes=scopes, days=days)
    assert not ApiToken.objects.exists()


def test_a_token_cannot_make_another_token() -> None:
    client = make.api_client(make.person(Role.DEVELOPER))
    answer = client.post("/api/v1/tokens/", {"label": "x", "scopes": ["read"]}, format="json")
    assert answer.status_code == 403
    assert ApiToken.objects.count() == 1


def test_somebody_elses_token_is_not_there() -> None:
    token, _ = access.create_token(
        actor=make.actor(make.person(Role.DEVELOPER)), label="x", scopes=["read"]
    )
    with pytest.raises(Missing):
        access.revoke_token(actor=make.actor(make.person(Role.RISK_OFFICER)), token_id=token.pk)


def test_the_command_line_makes_an_account_that_can_sign_in(client, monkeypatch) -> None:
    call_command("create_team", "lending", "Retail lending", stdout=io.StringIO())
    monkeypatch.setattr(sys, "stdin", io.StringIO(make.PASSWORD + "\n"))
    call_command(
        "create_user",
        "rita@example.org",
        "Rita Risk",
        "--role=risk_officer@lending",
        "--role=auditor",
        stdout=io.StringIO(),
    )
    assert Membership.objects.filter(team=Team.objects.get(), role=Role.RISK_OFFICER).exists()
    answer = client.post(
        "/accounts/login/", {"login": "rita@example.org", "password": make.PASSWORD}
    )
    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_the_command_line_names_a_role_or_team_it_does_not_know(monkeypatch) -> None:
    for role in ("--role=king", "--role=auditor@nowhere"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(make.PASSWORD + "\n"))
        with pytest.raises(CommandError, match=r"king|nowhere"):
            call_command("create_user", "x@example.org", "X", role, stdout=io.StringIO())
    assert not User.objects.exists()


def test_a_guesser_behind_the_proxy_locks_nobody_else_out(client, settings) -> None:
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    user = make.person(Role.AUDITOR)
    wrong = {"login": user.email, "password": "wrong wrong wrong"}
    guesser, own = ({"x-forwarded-for": f"10.9.9.9, {ip}"} for ip in ("203.0.113.7", "203.0.113.8"))
    answers = [client.post("/accounts/login/", wrong, headers=guesser) for _ in range(6)]
    assert 429 in [answer.status_code for answer in answers]
    right = {"login": user.email, "password": make.PASSWORD}
    client.post("/accounts/login/", right, headers=own)
    assert client.get("/").status_code == 200


def test_guessing_a_password_locks_the_account_for_a_while(client) -> None:
    user = make.person(Role.AUDITOR)
    wrong = {"login": user.email, "password": "wrong wrong wrong"}
    answers = [client.post("/accounts/login/", wrong).status_code for _ in range(6)]
    assert 429 in answers
    client.post("/accounts/login/", {"login": user.email, "password": make.PASSWORD})
    assert client.get("/").status_code == 302


def test_guessing_at_one_account_leaves_the_others_at_the_same_address_alone(client) -> None:
    cache.clear()  # the sign-in form's own limit counts guesses of the tests before
    guessed, other = make.person(Role.AUDITOR), make.person(Role.AUDITOR)
    for _ in range(6):
        client.post("/accounts/login/", {"login": guessed.email, "password": "wrong wrong wrong"})
    client.post("/accounts/login/", {"login": other.email, "password": make.PASSWORD})
    assert client.get("/").status_code == 200


def test_nobody_can_sign_up(client) -> None:
    assert client.get("/accounts/signup/").status_code == 404
