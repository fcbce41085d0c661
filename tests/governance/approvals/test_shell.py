"""The journey of a case from the shell."""

import io
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from governance.approvals.kinds import CaseState
from governance.approvals.models import ApprovalCase
from tests.factories import access
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def read_by(person, number):
    """What ``show_case --statement`` names the statement that this person read."""
    shown = run("show_case", number, "--as", person.email, "--statement")
    return shown.splitlines()[-1].removeprefix("Statement ")


def test_case_is_opened_judged_and_shown_from_the_shell(monkeypatch):
    bench = cases.bench()
    builder, due = bench.version.created_by, timezone.localdate().replace(year=2099)
    told = run(
        "open_case", str(bench.version.pk), "--as", builder.email, "--request", "For scoring."
    )
    number = told.split()[0]
    assert "the gate says allow" in run("submit_case", number, "--as", builder.email)

    def decide(person, password=access.PASSWORD, *more):
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        spoken = ("decide_case", number, "--as", person.email, "--choice", "favour")
        read = read_by(person, number)
        return run(*spoken, "--statement", read, "--reason", cases.REASON, *more)

    with pytest.raises(CommandError, match="not your password"):
        decide(bench.validator, "wrong")
    with pytest.raises(CommandError, match="Conditions belong"):
        decide(bench.validator, access.PASSWORD, "--condition", f"Look|{builder.email}|{due}")
    with pytest.raises(CommandError, match="Write a condition"):
        decide(bench.validator, access.PASSWORD, "--condition", "Look")
    decide(bench.validator)
    assert "Approved" in decide(bench.officer)
    assert ApprovalCase.objects.get().state == CaseState.APPROVED
    shown = run("show_case", number, "--as", bench.officer.email, "--statement")
    assert cases.REASON in shown


def test_shell_says_what_it_does_not_know():
    bench = cases.bench()
    case = cases.submitted(bench)
    with pytest.raises(CommandError, match="no active account"):
        run("show_case", case.public_id, "--as", "nobody@example.org")
    with pytest.raises(CommandError, match="neither"):
        run("show_case", "rubbish", "--as", bench.officer.email)
    with pytest.raises(CommandError, match="no case"):
        run("show_case", "APR-99999", "--as", bench.officer.email)
    shown = run("show_case", str(case.pk), "--as", bench.officer.email, "--statement")
    assert "Gate: allow" in shown
    assert "assay-approval-statement/1" in shown


def _speak(monkeypatch, person, number, statement):
    monkeypatch.setattr("sys.stdin", io.StringIO(access.PASSWORD + "\n"))
    spoken = ("decide_case", number, "--as", person.email, "--choice", "favour")
    return run(*spoken, "--statement", statement, "--reason", cases.REASON)


def test_nobody_signs_a_statement_that_they_did_not_read(monkeypatch):
    bench = cases.bench()
    case = cases.submitted(bench)
    read = read_by(bench.validator, case.public_id)
    for wrong, why in (
        ("0" * 64 + "@" + read.partition("@")[2], "has moved"),
        (read.partition("@")[0], "DIGEST@ENTRIES"),
        (read.partition("@")[0] + "@999999", "DIGEST@ENTRIES"),
        (read_by(bench.officer, case.public_id), "has moved"),
    ):
        with pytest.raises(CommandError, match=why):
            _speak(monkeypatch, bench.validator, case.public_id, wrong)
    assert not case.decisions.exists()
    access.team()  # what happens elsewhere moves the ledger on, not the case
    assert "In review" in _speak(monkeypatch, bench.validator, case.public_id, read)


def test_statement_read_before_an_opinion_is_refused_after_it(monkeypatch):
    bench = cases.bench()
    case = cases.submitted(bench)
    read = read_by(bench.officer, case.public_id)
    cases.say(case, bench.validator)
    with pytest.raises(CommandError, match="has moved"):
        _speak(monkeypatch, bench.officer, case.public_id, read)


def test_case_is_withdrawn_from_the_shell():
    bench = cases.bench()
    case, builder = cases.submitted(bench), bench.version.created_by
    with pytest.raises(CommandError, match="Say why"):
        run("withdraw_case", case.public_id, "--as", builder.email, "--reason", " ")
    told = run("withdraw_case", case.public_id, "--as", builder.email, "--reason", "A mistake.")
    assert told.startswith(f"{case.public_id}: Withdrawn")


def test_condition_is_met_from_the_shell_with_a_password(monkeypatch):
    bench = cases.bench()
    owner = access.person("model_owner", team=bench.subject.team)
    case = cases.decided(bench, "conditional", conditions=(cases.condition(owner),))
    by = ("--as", bench.validator.email)
    listed = run("meet_condition", case.public_id, *by)
    key = listed.split()[1].rstrip(":")

    def meet(password):
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        return run("meet_condition", case.public_id, key, *by, "--note", "The drift was watched.")

    with pytest.raises(CommandError, match="not your password"):
        meet("wrong")
    assert "Met" in meet(access.PASSWORD)
    with pytest.raises(CommandError, match="no condition"):
        run("meet_condition", case.public_id, str(case.pk), *by)
