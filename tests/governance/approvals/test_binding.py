"""What an approval is bound to: the use, the ledger's word for the evidence, and who built."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from audits.engine.outcome import Verdict
from audits.runs import commands as checking
from governance.access import commands as accounts
from governance.access.kinds import Role
from governance.access.models import Membership
from governance.approvals import commands as approvals
from governance.approvals.commands import decisions
from governance.approvals.kinds import Choice, Status, StepState
from governance.approvals.models import ApprovalCase, Decision
from governance.approvals.querysets import gates
from governance.kernel.actor import Via, system_actor
from governance.kernel.canonical import digest
from governance.kernel.errors import Moved, NotPermitted, RuleBroken
from governance.ledger.kinds import GENESIS
from governance.ledger.models import Entry
from governance.policies.kinds import Answer
from inventory.catalog import commands as catalog_commands
from inventory.catalog.models import RegisteredModel, UseCase
from tests.factories import access, catalog, runs
from tests.factories import approvals as cases

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


@pytest.fixture
def bench() -> cases.Bench:
    return cases.bench()


def decide_on(case, user, statement):
    return approvals.decide_step(
        actor=access.actor(user),
        step_id=case.steps.get(state=StepState.OPEN).pk,
        words=cases.words(),
        seen=statement,
        proof=cases.proof(user),
    )


def edit(bench, **changes):
    catalog_commands.edit_model(
        actor=bench.builder, model_id=bench.version.model_id, changes=changes
    )


# -- The use ---------------------------------------------------------------------------------------

USES = ("intended_use", "prohibited_uses", "boundaries", "limitations")


@pytest.mark.parametrize("field", USES)
def test_change_of_the_intended_use_is_named_to_who_read_the_old_one(bench, field):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    edit(bench, **{field: "Anything at all."})
    with pytest.raises(Moved, match="the intended use"):
        decide_on(case, bench.validator, statement)
    assert not Decision.objects.exists()


def test_change_of_the_use_case_is_named_to_who_read_the_old_one(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    catalog_commands.edit_use_case(
        actor=bench.builder,
        use_case_id=bench.version.model.use_case_id,
        changes={"decision": "Whether a person is hired."},
    )
    with pytest.raises(Moved, match="the intended use"):
        decide_on(case, bench.validator, statement)


def test_use_that_changed_between_opinion_and_decision_lets_nobody_approve(bench):
    case = cases.submitted(bench)
    cases.say(case, bench.validator)
    edit(bench, intended_use="Scoring job applications.")
    with pytest.raises(RuleBroken, match="intended use is no longer what was submitted"):
        cases.say(case, bench.officer)
    assert cases.say(case, bench.officer, Choice.AGAINST).choice == Choice.AGAINST


def test_approval_lapses_when_the_model_moves_to_another_use(bench):
    cases.decided(bench)
    assert ApprovalCase.objects.standing(bench.version.pk).usable
    edit(bench, use_case_id=catalog.use_case(bench.subject.team).pk)
    standing = ApprovalCase.objects.standing(bench.version.pk)
    assert (standing.status, standing.usable) == (Status.LAPSED, False)
    assert "intended use" in standing.reasons[0]


# -- Nothing moves while somebody decides ----------------------------------------------------------


def in_thread(act):
    """Start ``act`` in a thread with a connection of its own; its value or error comes back."""
    found = []

    def run():
        try:
            found.append(act())
        except Exception as error:  # noqa: BLE001 - handed to the test
            found.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


@pytest.mark.django_db(transaction=True)
def test_what_changed_while_a_decision_waited_for_its_lock_is_seen(bench):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time by itself")
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    with transaction.atomic():
        ApprovalCase.objects.locked(case.pk)
        deciding, found = in_thread(lambda: decide_on(case, bench.validator, statement))
        time.sleep(1)
        changing, _ = in_thread(
            lambda: UseCase.objects.filter(pk=bench.version.model.use_case_id).update(decision="X")
        )
        changing.join()
    deciding.join()
    assert isinstance(found[0], Moved)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_changed_between_reading_the_statement_and_recording(bench, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time by itself")
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    edits, plain = [], decisions._check_words

    def meanwhile(*given):
        edits.append(in_thread(lambda: edit(bench, intended_use="Scoring job applications.")))
        edits[0][0].join(1)
        seen = RegisteredModel.objects.get(pk=bench.version.model_id).intended_use
        assert seen == bench.version.model.intended_use
        return plain(*given)

    monkeypatch.setattr(decisions, "_check_words", meanwhile)
    assert decide_on(case, bench.validator, statement).choice == Choice.FAVOUR
    edits[0][0].join()
    assert RegisteredModel.objects.get(pk=bench.version.model_id).intended_use.startswith("Scoring")


# -- The position of the ledger --------------------------------------------------------------------


def test_statement_from_before_the_cases_own_events_is_refused(bench):
    case = cases.submitted(bench)
    first = Entry.objects.get(seq=1)
    for position in ({"size": 0, "head": GENESIS}, {"size": 1, "head": first.entry_hash}):
        statement = cases.seen(case, bench.validator) | {"ledger": position}
        with pytest.raises(Moved, match="position of the ledger"):
            decide_on(case, bench.validator, statement)
    assert not Decision.objects.exists()


# -- The evidence, by the ledger -------------------------------------------------------------------


def gate_of(bench):
    return cases_gate(bench).answer


def cases_gate(bench):
    case = ApprovalCase.objects.whole().get(pk=cases.opened(bench).pk)
    return gates.of_case(case, case.opened_at)


def test_result_rewritten_together_with_its_digest_is_refused_by_name():
    bench = cases.bench({"drift.columns": Verdict.FAIL})
    check = bench.run.checks.get(check_id="drift.columns")
    outcome = {**check.outcome, "verdict": "pass"}
    type(check).objects.filter(pk=check.pk).update(
        outcome=outcome, verdict="pass", outcome_digest=digest(outcome)
    )
    answer = gate_of(bench)
    assert answer.answer == Answer.REFUSE
    assert not answer.curable
    assert (check.public_id,) in [r.evidence for r in answer.against if r.rule == "evidence intact"]


def test_check_taken_away_after_the_run_is_refused(bench):
    extra = bench.run.checks.last()
    extra.delete()
    answer = gate_of(bench)
    assert answer.answer == Answer.REFUSE
    assert any("not on record any more" in reason.text for reason in answer.against)


def test_run_that_the_ledger_does_not_know_as_completed_is_refused(bench):
    run = runs.requested(bench.subject)
    now = bench.run.finished_at
    for check in run.checks.all():
        twin = bench.run.checks.get(check_id=check.check_id)
        check.state, check.verdict = twin.state, twin.verdict
        check.outcome, check.outcome_digest = twin.outcome, twin.outcome_digest
        check.save()
    type(run).objects.filter(pk=run.pk).update(state="completed", finished_at=now)
    bench.run.refresh_from_db()
    run.refresh_from_db()
    case_gate = gates.read(bench.version, run.policy, run, now)
    assert case_gate.answer.answer == Answer.REFUSE


def failed_run(bench):
    run, holder = runs.claimed(runs.requested(bench.subject))
    return checking.fail_run(
        actor=system_actor(), run_id=run.pk, holder=holder, reason="Its worker was lost."
    )


def test_failed_newest_run_is_not_passed_over_for_an_older_one(bench):
    case = cases.opened(bench)
    failed = failed_run(bench)
    newest = gates.newest_run(bench.version)
    assert newest == failed
    answer = gates.read(bench.version, newest.policy, newest, newest.finished_at).answer
    assert answer.answer == Answer.REFUSE
    assert any("could not be carried out" in reason.text for reason in answer.against)
    with pytest.raises(RuleBroken, match="could not be carried out"):
        approvals.submit_case(actor=bench.builder, case_id=case.pk)
    runs.completed(bench.subject)
    assert approvals.submit_case(actor=bench.builder, case_id=case.pk).gate["answer"] == "allow"


def test_run_that_ended_after_submission_lets_nobody_approve_on_the_older_one(bench):
    case = cases.submitted(bench)
    read = cases.seen(case, bench.validator)
    newer = runs.completed(bench.subject, {"drift.columns": Verdict.FAIL})
    with pytest.raises(Moved):
        decide_on(case, bench.validator, read)
    with pytest.raises(RuleBroken, match=newer.public_id):
        decide_on(case, bench.validator, cases.seen(case, bench.validator))
    assert not Decision.objects.exists()


def test_failed_run_is_no_evidence_of_a_draft(bench):
    failed_run(bench)
    assert cases.opened(bench).run is None


# -- Four eyes -------------------------------------------------------------------------------------


def as_validator(person):
    accounts.grant_role(
        actor=system_actor(Via.COMMAND), user_id=person.pk, role=Role.VALIDATOR, team_id=None
    )
    return person


def test_who_submitted_the_case_cannot_judge_it(bench):
    other = access.person(Role.DEVELOPER, team=bench.subject.team)
    case = approvals.submit_case(actor=access.actor(other), case_id=cases.opened(bench).pk)
    Membership.objects.filter(user=other).delete()
    with pytest.raises(NotPermitted, match="built"):
        cases.say(case, as_validator(other))


@pytest.mark.parametrize("made", ["model", "use case", "environment"])
def test_who_made_what_the_version_stands_on_cannot_judge_it(bench, made):
    maker = access.person(Role.DEVELOPER, team=bench.subject.team)
    model = bench.version.model
    if made == "model":
        RegisteredModel.objects.filter(pk=model.pk).update(created_by=maker)
    elif made == "use case":
        UseCase.objects.filter(pk=model.use_case_id).update(created_by=maker)
    else:
        kept = catalog.environment(bench.subject.team, access.actor(maker))
        type(bench.version).objects.filter(pk=bench.version.pk).update(environment=kept)
    case = cases.submitted(bench)
    Membership.objects.filter(user=maker).delete()
    with pytest.raises(NotPermitted, match="built"):
        cases.say(case, as_validator(maker))


def test_officer_who_asked_for_the_run_cannot_decide_on_it():
    bench = cases.bench(checked=False)
    team, version = bench.subject.team, bench.version
    asking = access.actor(bench.officer)
    runs.completed(
        runs.Subject(team, asking, version, bench.subject.reference, bench.subject.current)
    )
    case = cases.submitted(bench)
    cases.say(case, bench.validator)
    with pytest.raises(NotPermitted, match="built"):
        cases.say(case, bench.officer)


def test_draft_does_not_wait_on_who_may_not_see_it_any_more(bench):
    case = cases.opened(bench)
    person = case.opened_by
    assert case in ApprovalCase.objects.all().waiting_on(access.actor(person))
    Membership.objects.filter(user=person).delete()
    assert not ApprovalCase.objects.all().waiting_on(access.actor(person)).exists()
