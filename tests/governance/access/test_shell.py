"""People and roles from the shell."""

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from governance.access import commands
from governance.access.kinds import Role
from governance.access.models import Membership
from governance.kernel.errors import Conflict, Missing, NotPermitted
from governance.ledger import reading
from governance.ledger.proofs import head_position
from tests.factories import access

pytestmark = pytest.mark.django_db


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_role_is_revoked_where_it_is_held():
    team = access.team()
    person = access.person(Role.VALIDATOR, team=team)
    with pytest.raises(CommandError, match="does not hold"):
        run("revoke_role", person.email, "validator")
    with pytest.raises(CommandError, match="no role"):
        run("revoke_role", person.email, "king")
    with pytest.raises(CommandError, match="no team"):
        run("revoke_role", person.email, "validator@nowhere")
    assert "no more" in run("revoke_role", person.email, f"validator@{team.slug}")
    assert not Membership.objects.filter(user=person).exists()


def test_deactivated_person_is_out_everywhere(client):
    person = access.person(Role.MODEL_OWNER)
    holder = access.api_client(person)
    access.signed_in(client, person)
    assert holder.get("/api/v1/models/").status_code == 200
    assert "no more" in run("deactivate_user", person.email)
    assert holder.get("/api/v1/models/").status_code == 401
    assert client.get("/models/").status_code == 302
    assert reading.history([person.pk])[0].kind == "access.user.deactivated"
    with pytest.raises(CommandError, match="no active account"):
        run("deactivate_user", person.email)


def test_only_an_administrator_of_all_teams_deactivates_and_never_themselves():
    person, chief = access.person(), access.actor(access.person(Role.ADMINISTRATOR))
    local = access.actor(access.person(Role.ADMINISTRATOR, team=access.team()))
    gone = access.person()
    commands.deactivate_user(actor=chief, user_id=gone.pk)
    before = head_position()
    for who, whom, error in (
        (local, person.pk, NotPermitted),
        (chief, chief.id, Conflict),
        (chief, gone.pk, Conflict),
        (chief, UUID(int=5), Missing),
    ):
        with pytest.raises(error):
            commands.deactivate_user(actor=who, user_id=whom)
    assert head_position() == before
    person.refresh_from_db()
    assert person.is_active
