"""The shell's way to a run, with exit statuses that scripts can read."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audits.engine.outcome import Verdict
from audits.runs import commands as runs
from audits.runs.management.commands import run_checks
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import runs as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    of = factory.subject()
    person = access.person(Role.VALIDATOR, team=of.team)

    def run(*extra, email=person.email):
        out = StringIO()
        given = ["--version", of.version.pk, "--reference", of.reference.pk]
        given += ["--current", of.current.pk, "--as", email, *extra]
        try:
            call_command("run_checks", *map(str, given), stdout=out)
        except SystemExit as ended:
            return ended.code, out.getvalue()
        return None, out.getvalue()

    return run


def carry(monkeypatch, verdict):
    """While the command waits, a worker does the work."""

    def work(_seconds):
        run, holder = factory.claimed(AuditRun.objects.get())
        at = {"actor": system_actor(), "run_id": run.pk, "holder": holder}
        if verdict is None:
            runs.fail_run(**at, reason="Out of memory.")
            return
        for check in run.checks.all():
            outcome = factory.outcome(check.check_id, verdict)
            runs.record_check(**at, position=check.position, outcome=outcome)
        runs.finish_run(**at, peak_bytes=None)

    monkeypatch.setattr(run_checks.time, "sleep", work)


def test_request_prints_the_run(call):
    status, out = call()
    assert status is None
    assert AuditRun.objects.get().public_id in out


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.PASS, 0), (Verdict.INSUFFICIENT, 2)])
def test_waiting_prints_each_verdict_and_ends_with_the_status(monkeypatch, call, verdict, status):
    carry(monkeypatch, verdict)
    ended, out = call("--wait")
    assert ended == status
    assert out.count("EVD-") == 14
    assert AuditRun.objects.get().results_digest in out


def test_failed_run_is_status_one_with_the_reason(monkeypatch, call):
    carry(monkeypatch, None)
    with pytest.raises(CommandError, match="Out of memory") as caught:
        call("--wait")
    assert caught.value.returncode == 1


def test_unknown_account_and_missing_right_are_said_plainly(call):
    with pytest.raises(CommandError, match="no active account"):
        call(email="nobody@example.org")
    auditor = access.person(Role.AUDITOR)
    with pytest.raises(CommandError, match=r"run\.request"):
        call(email=auditor.email)
    assert not AuditRun.objects.exists()
