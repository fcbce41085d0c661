import threading
import uuid

import pytest
from django.db import close_old_connections, connection, transaction

from governance.access.kinds import Role
from governance.approvals.kinds import Choice
from governance.kernel.actor import system_actor
from governance.kernel.errors import (
    Conflict,
    DomainError,
    Invalid,
    Missing,
    NotPermitted,
    RuleBroken,
)
from governance.ledger import commands as ledger
from governance.ledger import reading
from governance.ledger.models import Entry
from reports.documents import commands
from reports.documents.kinds import Kind, ReportState
from reports.documents.models import Report
from tests.factories import access, documents
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


def kinds(report):
    return [event.kind for event in reading.events_about([report.pk])]


def facts():
    return Entry.objects.count(), list(Report.objects.order_by("pk").values())


def test_report_is_requested_with_a_number_and_an_entry():
    report = documents.requested()
    assert report.state == ReportState.REQUESTED
    assert report.public_id.startswith("RPT-")
    assert kinds(report) == [Kind.REPORT_REQUESTED]


def test_asking_again_returns_the_report_there_is():
    bench = cases.bench()
    case = cases.decided(bench)
    first = documents.requested(bench, case)
    before = facts()
    assert documents.requested(bench, case).pk == first.pk
    assert facts() == before


@pytest.mark.parametrize("prepare", [cases.opened, cases.submitted])
def test_an_undecided_case_has_no_report(prepare):
    bench = cases.bench()
    case = prepare(bench)
    before = facts()
    with pytest.raises(RuleBroken, match="decided"):
        documents.requested(bench, case)
    assert facts() == before


def test_a_rejected_case_is_reported_on_as_well():
    bench = cases.bench()
    case = cases.decided(bench, Choice.AGAINST)
    assert documents.requested(bench, case).case_id == case.pk


def test_a_developer_may_not_ask_for_a_report():
    bench = cases.bench()
    case = cases.decided(bench)
    before = facts()
    with pytest.raises(NotPermitted):
        commands.request_report(actor=bench.builder, case_id=case.pk)
    assert facts() == before


def test_a_case_of_another_team_is_not_there():
    case = cases.decided()
    stranger = access.actor(access.person(Role.RISK_OFFICER, team=access.team()))
    said = set()
    for key in (case.pk, uuid.uuid4()):
        with pytest.raises(Missing) as refused:
            commands.request_report(actor=stranger, case_id=key)
        said.add((refused.value.code, refused.value.message))
    assert len(said) == 1, "what is not to be seen must not differ from what is not there"


@pytest.mark.django_db(transaction=True)
def test_four_who_ask_at_once_get_one_report():
    bench = cases.bench()
    case = cases.decided(bench)
    actor, found = access.actor(bench.officer), []

    def ask():
        try:
            found.append(commands.request_report(actor=actor, case_id=case.pk).pk)
        except DomainError as error:
            found.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    report = Report.objects.get(case=case)
    assert kinds(report) == [Kind.REPORT_REQUESTED]


def test_one_worker_at_a_time_has_a_report():
    report = documents.requested()
    assert commands.claim_report(report.pk) is not None
    assert commands.claim_report(report.pk) is None
    documents.let_lease_run_out(report)
    assert commands.claim_report(report.pk) is not None


def test_frozen_content_cannot_be_frozen_again():
    report = documents.frozen()
    before = facts()
    with pytest.raises(Conflict):
        documents.frozen(report)
    assert facts() == before


def test_nothing_is_issued_before_it_was_frozen_and_nothing_twice():
    report = documents.requested()
    issue = {"actor": system_actor(), "digest": "0" * 64, "size": 1, "pages": 1}
    with pytest.raises(Conflict):
        commands.issue_report(report_id=report.pk, **issue)
    documents.recorded(report)
    before = facts()
    with pytest.raises(Conflict):
        commands.issue_report(report_id=report.pk, **issue)
    assert facts() == before


def test_a_newer_case_of_the_version_supersedes_the_report():
    bench = cases.bench()
    old = documents.recorded(documents.requested(bench))
    new = documents.recorded(documents.requested(bench))
    old.refresh_from_db()
    assert (old.state, old.superseded_by_id) == (ReportState.SUPERSEDED, new.pk)
    assert kinds(old)[-1] == Kind.REPORT_SUPERSEDED


@pytest.mark.django_db(transaction=True)
def test_of_two_reports_issued_at_once_the_later_decision_alone_is_in_force():
    bench = cases.bench()
    old = documents.frozen(documents.requested(bench))
    new = documents.frozen(documents.requested(bench))

    def issue(report):
        try:
            commands.issue_report(
                actor=system_actor(), report_id=report.pk, digest=report.short_code, size=1, pages=1
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=(report,)) for report in (old, new)]
    with transaction.atomic():
        ledger.hold()  # both have read what is in force before either can write
        for thread in threads:
            thread.start()
            thread.join(0.7)
    for thread in threads:
        thread.join()
    states = dict(Report.objects.values_list("pk", "state"))
    assert states == {old.pk: ReportState.SUPERSEDED, new.pk: ReportState.SIGNED}


def test_a_report_of_another_version_supersedes_nothing():
    old = documents.recorded()
    documents.recorded()
    old.refresh_from_db()
    assert old.state == ReportState.SIGNED


def test_a_risk_officer_recalls_with_a_reason():
    bench = cases.bench()
    report = documents.recorded(documents.requested(bench))
    documents.recalled(report, bench.officer, " The data were wrong. ")
    report.refresh_from_db()
    assert (report.state, report.recalled_reason) == (ReportState.RECALLED, "The data were wrong.")
    event = reading.last_event(report.pk, [Kind.REPORT_RECALLED])
    assert event.body == {"reason": "The data were wrong."}
    assert event.actor_id == bench.officer.pk


def test_a_recall_without_a_reason_is_refused():
    bench = cases.bench()
    report = documents.recorded(documents.requested(bench))
    before = facts()
    with pytest.raises(Invalid):
        documents.recalled(report, bench.officer, "  ")
    assert facts() == before


def test_a_recall_is_not_taken_twice():
    bench = cases.bench()
    report = documents.recorded(documents.requested(bench))
    documents.recalled(report, bench.officer)
    with pytest.raises(Conflict):
        documents.recalled(report, bench.officer)


def test_only_a_person_who_is_a_risk_officer_recalls():
    bench = cases.bench()
    report = documents.recorded(documents.requested(bench))
    before = facts()
    # The service may not even see reports; to it there is none.
    refusals = ((access.actor(bench.validator), NotPermitted), (system_actor(), Missing))
    for actor, refusal in refusals:
        with pytest.raises(refusal):
            commands.recall_report(actor=actor, report_id=report.pk, reason="No longer true.")
    assert facts() == before


def test_a_download_is_noted_and_an_unissued_report_is_not_handed_out():
    bench = cases.bench()
    report = documents.requested(bench)
    actor = access.actor(bench.validator)
    with pytest.raises(Missing):
        commands.record_download(actor=actor, report_id=report.pk)
    documents.recorded(report)
    commands.record_download(actor=actor, report_id=report.pk)
    assert kinds(report)[-1] == Kind.REPORT_DOWNLOADED
    assert reading.last_event(report.pk, [Kind.REPORT_DOWNLOADED]).actor_id == bench.validator.pk
