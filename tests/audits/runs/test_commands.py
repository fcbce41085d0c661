"""Asking, claiming, recording, ending: each with its event, its refusal and its race."""

import math
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from audits.engine.outcome import Verdict
from audits.runs import commands as runs
from audits.runs.kinds import MAX_ATTEMPTS, CheckState, RunState
from audits.runs.models import AuditRun, CheckRun
from governance.access.kinds import Role
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, Missing, NotPermitted, RuleBroken
from governance.ledger.models import Entry
from tests.factories import access, catalog
from tests.factories import runs as factory

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]
SYSTEM = system_actor()


def kinds(run):
    return list(
        Entry.objects.filter(subject_id=run.pk).order_by("seq").values_list("kind", flat=True)
    )


def counts():
    return Entry.objects.count(), AuditRun.objects.count(), CheckRun.objects.count()


def silent(run):
    """The worker of ``run`` has not been heard of for longer than its lease."""
    AuditRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def again(run, holder=None):
    return runs.claim_run(
        actor=SYSTEM, run_id=run.pk, holder=holder or uuid.uuid4(), isolation="bubblewrap"
    )


# -- Asking ----------------------------------------------------------------------------------------


def test_request_queues_the_checks_of_the_tier_with_evidence_numbers():
    of = factory.subject()
    run = factory.requested(of)
    checks = list(run.checks.all())
    assert run.state == RunState.QUEUED
    assert run.tier == 1
    assert [check.check_id for check in checks] == [spec["check"] for spec in run.plan["checks"]]
    assert all(check.state == CheckState.WAITING and check.title for check in checks)
    assert kinds(run) == ["runs.run.requested"]


def test_same_request_again_returns_the_open_run_and_writes_nothing():
    of = factory.subject()
    run = factory.requested(of)
    before = counts()
    assert factory.requested(of) == run
    assert counts() == before


def test_same_request_after_the_end_is_a_new_run_with_the_same_plan():
    of = factory.subject()
    first = factory.completed(of)
    second = factory.requested(of)
    assert second != first
    assert second.plan_digest == first.plan_digest


def test_data_that_lack_columns_are_refused_and_nothing_is_written():
    of = factory.subject(current=catalog.csv_bytes(catalog.frame(8).drop(columns=["income"])))
    before = counts()
    with pytest.raises(RuleBroken, match="income") as caught:
        factory.requested(of)
    assert caught.value.status == 422
    assert counts() == before


def test_other_teams_data_and_versions_do_not_exist():
    of, other = factory.subject(), factory.subject()
    stranger = catalog.builder(access.team())
    before = counts()
    with pytest.raises(Missing):
        factory.requested(of, stranger)
    with pytest.raises(Missing):
        runs.request_run(
            actor=of.actor,
            version_id=of.version.pk,
            reference_id=of.reference.pk,
            current_id=other.current.pk,
        )
    assert counts() == before


def test_auditor_reads_but_may_not_ask():
    of = factory.subject()
    auditor = access.actor(access.person(Role.AUDITOR))
    before = counts()
    with pytest.raises(NotPermitted):
        factory.requested(of, auditor)
    assert counts() == before


def test_expected_seconds_come_from_former_runs():
    of = factory.subject()
    factory.completed(of)
    second = factory.requested(of)
    assert {check.expected_seconds for check in second.checks.all()} == {0.5}


# -- Claiming --------------------------------------------------------------------------------------


def test_claim_takes_a_lease_and_counts_the_attempt():
    run, holder = factory.claimed()
    assert (run.state, run.attempt, run.lease_holder) == (RunState.RUNNING, 1, holder)
    assert run.lease_until > timezone.now()
    assert kinds(run) == ["runs.run.requested", "runs.run.started"]


def test_second_worker_gets_nothing_while_the_first_lives():
    run, _ = factory.claimed()
    before = counts()
    assert again(run) is None
    assert counts() == before


def test_unknown_run_is_nobodys():
    assert again(AuditRun(pk=uuid.uuid4())) is None


def test_silent_worker_loses_the_run_and_can_write_no_more():
    run, first = factory.claimed()
    record(run, first, 0)
    silent(run)
    second = uuid.uuid4()
    assert again(run, second).attempt == 2
    assert {check.state for check in run.checks.all()} == {CheckState.WAITING}
    before = counts()
    for late in (
        lambda: record(run, first, 0),
        lambda: runs.begin_check(actor=SYSTEM, run_id=run.pk, holder=first, position=0),
        lambda: runs.finish_run(actor=SYSTEM, run_id=run.pk, holder=first, peak_bytes=1),
        lambda: runs.fail_run(actor=SYSTEM, run_id=run.pk, holder=first, reason="late"),
        lambda: runs.release_run(actor=SYSTEM, run_id=run.pk, holder=first, reason="late"),
        lambda: runs.renew_lease(actor=SYSTEM, run_id=run.pk, holder=first),
    ):
        with pytest.raises(runs.LostLease):
            late()
    assert counts() == before


def test_run_lost_three_times_fails_and_its_checks_are_errors():
    run, _ = factory.claimed()
    for _ in range(MAX_ATTEMPTS - 1):
        silent(run)
        assert again(run)
    silent(run)
    assert again(run) is None
    run.refresh_from_db()
    assert (run.state, run.verdict) == (RunState.FAILED, Verdict.ERROR)
    assert {check.verdict for check in run.checks.all()} == {Verdict.ERROR}
    assert "three times" in run.checks.first().outcome["summary"]
    assert kinds(run)[-1] == "runs.run.failed"


def test_lease_is_renewed_but_not_for_ever(settings):
    run, holder = factory.claimed()
    silent(run)
    runs.renew_lease(actor=SYSTEM, run_id=run.pk, holder=holder)
    run.refresh_from_db()
    assert run.lease_until > timezone.now()
    long_ago = timezone.now() - timedelta(seconds=settings.ASSAY_RUN_LEASE + 1)
    AuditRun.objects.filter(pk=run.pk).update(started_at=long_ago)
    runs.renew_lease(actor=SYSTEM, run_id=run.pk, holder=holder)
    run.refresh_from_db()
    assert run.lease_until < timezone.now()


def test_hard_limit_lease_and_visibility_stand_in_this_order(settings):
    from audits.runs.tasks import execute

    # The broker on the file system has no such clock: it keeps what is not acknowledged.
    patience = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", math.inf)
    assert settings.ASSAY_RUN_LIMIT < execute.time_limit < settings.ASSAY_RUN_LEASE < patience


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_at_once_one_has_the_run():
    run = factory.requested()
    got, start = [], threading.Barrier(4)

    def work():
        start.wait()
        try:
            got.append(again(run))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in got if one]) == 1
    assert kinds(run).count("runs.run.started") == 1


@pytest.mark.django_db(transaction=True)
def test_of_four_identical_requests_at_once_one_run_comes():
    of = factory.subject()
    got, start = [], threading.Barrier(4)

    def work():
        start.wait()
        try:
            got.append(factory.requested(of).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1


# -- Recording and ending --------------------------------------------------------------------------


def record(run, holder, position, verdict=Verdict.PASS):
    check = run.checks.get(position=position)
    return runs.record_check(
        actor=SYSTEM,
        run_id=run.pk,
        holder=holder,
        position=position,
        outcome=factory.outcome(check.check_id, verdict),
    )


def test_checks_appear_one_by_one():
    run, holder = factory.claimed()
    runs.begin_check(actor=SYSTEM, run_id=run.pk, holder=holder, position=0)
    assert run.checks.get(position=0).state == CheckState.RUNNING
    done = record(run, holder, 0, Verdict.FAIL)
    assert (done.state, done.verdict) == (CheckState.DONE, "fail")
    assert done.outcome_digest == factory.outcome(done.check_id, Verdict.FAIL).digest()


def test_outcome_is_kept_once():
    run, holder = factory.claimed()
    first = record(run, holder, 0)
    with pytest.raises(Conflict):
        record(run, holder, 0, Verdict.FAIL)
    first.refresh_from_db()
    assert first.verdict == "pass"


def test_completed_run_carries_the_digest_of_all_outcomes_into_the_ledger():
    one = factory.completed(verdicts={"drift.columns": Verdict.FAIL})
    assert (one.state, one.verdict) == (RunState.COMPLETED, "fail")
    assert kinds(one)[-1] == "runs.run.completed"
    body = Entry.objects.get(subject_id=one.pk, kind="runs.run.completed").body.data
    assert body["results"] == one.results_digest
    assert {c["check"]: c["verdict"] for c in body["checks"]}["drift.columns"] == "fail"


def test_run_with_an_open_check_cannot_complete():
    run, holder = factory.claimed()
    before = counts()
    with pytest.raises(Conflict):
        runs.finish_run(actor=SYSTEM, run_id=run.pk, holder=holder, peak_bytes=None)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    assert counts() == before


def test_person_cannot_record_results():
    of = factory.subject()
    run, holder = factory.claimed(factory.requested(of))
    before = counts()
    for act in (
        lambda: runs.finish_run(actor=of.actor, run_id=run.pk, holder=holder, peak_bytes=None),
        lambda: runs.fail_run(actor=of.actor, run_id=run.pk, holder=holder, reason="x"),
        lambda: runs.claim_run(actor=of.actor, run_id=run.pk, holder=holder, isolation=""),
        lambda: runs.sweep_runs(actor=of.actor),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert counts() == before


def test_released_attempt_waits_for_the_next_and_the_third_is_the_last():
    run, holder = factory.claimed()
    for _ in range(MAX_ATTEMPTS - 1):
        freed = runs.release_run(actor=SYSTEM, run_id=run.pk, holder=holder, reason="Crashed.")
        assert freed.state == RunState.QUEUED
        holder = uuid.uuid4()
        assert again(run, holder)
    last = runs.release_run(actor=SYSTEM, run_id=run.pk, holder=holder, reason="Crashed.")
    assert last.state == RunState.FAILED
    assert last.reason.startswith("Crashed.")


def test_failed_run_keeps_what_its_checks_found_and_marks_the_rest():
    run, holder = factory.claimed()
    record(run, holder, 0)
    failed = runs.fail_run(actor=SYSTEM, run_id=run.pk, holder=holder, reason="Out of memory.")
    verdicts = list(failed.checks.values_list("verdict", flat=True))
    assert verdicts[0] == "pass"
    assert set(verdicts[1:]) == {"error"}
    assert failed.results_digest == ""


# -- Cancelling ------------------------------------------------------------------------------------


def test_waiting_run_is_cancelled_at_once():
    of = factory.subject()
    run = runs.cancel_run(actor=of.actor, run_id=factory.requested(of).pk)
    assert run.state == RunState.CANCELLED
    assert kinds(run)[-1] == "runs.run.cancelled"
    assert again(run) is None


def test_running_run_is_asked_to_stop_and_its_worker_confirms():
    of = factory.subject()
    run, holder = factory.claimed(factory.requested(of))
    asked = runs.cancel_run(actor=of.actor, run_id=run.pk)
    assert asked.state == RunState.RUNNING
    assert not AuditRun.objects.wanted(run.pk, holder)
    before = counts()
    assert runs.cancel_run(actor=of.actor, run_id=run.pk).cancel_requested_at
    assert counts() == before
    done = runs.confirm_cancel(actor=SYSTEM, run_id=run.pk, holder=holder)
    assert done.state == RunState.CANCELLED
    assert kinds(run)[-2:] == ["runs.run.cancel_asked", "runs.run.cancelled"]


def test_cancelled_run_whose_worker_died_is_cancelled_by_the_next():
    of = factory.subject()
    run, _ = factory.claimed(factory.requested(of))
    runs.cancel_run(actor=of.actor, run_id=run.pk)
    silent(run)
    assert again(run) is None
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_finished_run_cannot_be_cancelled():
    of = factory.subject()
    run = factory.completed(of)
    before = counts()
    with pytest.raises(Conflict):
        runs.cancel_run(actor=of.actor, run_id=run.pk)
    assert counts() == before


def test_stranger_cannot_cancel_and_does_not_learn_that_there_is_a_run():
    run = factory.requested()
    with pytest.raises(Missing):
        runs.cancel_run(actor=catalog.builder(access.team()), run_id=run.pk)
    with pytest.raises(NotPermitted):
        runs.cancel_run(actor=access.actor(access.person(Role.AUDITOR)), run_id=run.pk)


# -- Sweeping --------------------------------------------------------------------------------------


def test_sweep_finds_what_was_never_claimed_and_what_fell_silent():
    waiting = factory.requested()
    running, _ = factory.claimed()
    assert runs.sweep_runs(actor=SYSTEM) == []
    AuditRun.objects.filter(pk=waiting.pk).update(sent_at=timezone.now() - timedelta(seconds=11))
    silent(running)
    assert set(runs.sweep_runs(actor=SYSTEM)) == {waiting.pk, running.pk}


def test_pauses_between_sendings_grow():
    run = factory.requested()
    late = timezone.now() - timedelta(seconds=11)
    AuditRun.objects.filter(pk=run.pk).update(sent_at=late)
    assert runs.sweep_runs(actor=SYSTEM) == [run.pk]
    AuditRun.objects.filter(pk=run.pk).update(sent_at=late)
    assert runs.sweep_runs(actor=SYSTEM) == []


def test_finished_runs_are_left_alone():
    run = factory.completed()
    AuditRun.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(days=1))
    assert runs.sweep_runs(actor=SYSTEM) == []
