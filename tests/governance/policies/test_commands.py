"""Policies come in as immutable versions; the latest of a key is in force."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from governance.access.kinds import Role
from governance.kernel.actor import system_actor
from governance.kernel.errors import NotPermitted, RuleBroken
from governance.policies import commands as policies
from governance.policies.kinds import PolicyState
from governance.policies.models import PolicyVersion
from tests.factories import access
from tests.factories.policies import default_policy, document, install

pytestmark = pytest.mark.django_db


def entries():
    from governance.ledger.models import Entry

    return list(Entry.objects.filter(kind="policies.policy.installed").values_list("subject_id"))


def test_install_puts_the_policy_in_force_and_says_so_in_the_ledger():
    version = default_policy()
    assert version.number == 1
    assert PolicyVersion.objects.in_force() == version
    assert version.policy.digest == version.digest
    assert entries() == [(version.pk,)]


def test_newer_version_supersedes_the_former_and_leaves_its_text():
    first = default_policy()
    text = first.text
    changed = document()
    changed["clocks"]["evidence_days"] = 90
    second = install(changed)
    first.refresh_from_db()
    assert (first.state, second.state) == (PolicyState.SUPERSEDED, PolicyState.EFFECTIVE)
    assert first.superseded_at
    assert first.text == text
    assert second.number == 2
    assert PolicyVersion.objects.in_force() == second


def test_same_content_again_changes_nothing():
    first = default_policy()
    again = install(document())
    assert again == first
    assert PolicyVersion.objects.count() == 1
    assert len(entries()) == 1


def test_default_is_not_put_back_over_the_banks_own():
    default_policy()
    changed = document()
    changed["clocks"]["evidence_days"] = 90
    own = install(changed)
    assert default_policy() == own


def test_bad_policy_leaves_rows_and_ledger_unchanged():
    default_policy()
    with pytest.raises(RuleBroken):
        policies.install_policy(actor=system_actor(), text="schema: 1")
    assert PolicyVersion.objects.count() == 1
    assert len(entries()) == 1


def test_person_cannot_install_a_policy_whatever_the_role():
    person = access.actor(access.person(Role.ADMINISTRATOR, Role.RISK_OFFICER))
    with pytest.raises(NotPermitted):
        policies.install_policy(actor=person, text=policies.DEFAULT_PACK.read_text())
    assert not PolicyVersion.objects.exists()
    assert not entries()


def test_nothing_in_force_is_said_plainly():
    with pytest.raises(RuleBroken, match="install_policy"):
        PolicyVersion.objects.in_force()


def test_operator_installs_from_the_shell_and_is_told_each_bad_place(tmp_path):
    out = StringIO()
    call_command("install_policy", stdout=out)
    assert "Model risk policy v1" in out.getvalue()
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        policies.DEFAULT_PACK.read_text().replace("evidence_days: 180", "evidence_days: x")
    )
    with pytest.raises(CommandError, match=r"clocks\.evidence_days"):
        call_command("install_policy", str(bad))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("install_policy", str(tmp_path / "absent.yaml"))
