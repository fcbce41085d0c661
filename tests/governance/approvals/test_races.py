"""Many at once: nobody decides twice, nothing is half-done. Real threads, real row locks."""

from collections import Counter

import pytest

from governance.access.kinds import Role
from governance.approvals import commands as approvals
from governance.approvals.kinds import CaseState, Choice, Kind, StepState
from governance.approvals.models import ApprovalCase, Decision
from governance.kernel.errors import DomainError
from governance.ledger import reading
from tests.factories import access, policies
from tests.factories import approvals as cases
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def speaking(case, user, choice=Choice.FAVOUR):
    step = case.steps.get(state=StepState.OPEN)
    statement, proof, actor = cases.seen(case, user), cases.proof(user), access.actor(user)
    return lambda: approvals.decide_step(
        actor=actor, step_id=step.pk, words=cases.words(choice), seen=statement, proof=proof
    )


def test_one_person_pressing_four_times_speaks_once():
    bench = cases.bench()
    case = cases.submitted(bench)
    results = at_once(*[speaking(case, bench.validator) for _ in range(4)])
    assert sum(isinstance(result, Decision) for result in results) == 1
    assert Decision.objects.filter(case=case).count() == 1
    kinds = Counter(event.kind for event in reading.history([case.pk]))
    assert kinds[Kind.STEP_DECIDED] == 1


def test_four_officers_at_once_end_a_case_once():
    bench = cases.bench()
    case = cases.submitted(bench)
    cases.say(case, bench.validator)
    officers = [access.person(Role.RISK_OFFICER, team=bench.subject.team) for _ in range(4)]
    results = at_once(*[speaking(case, officer) for officer in officers])
    assert sum(isinstance(result, Decision) for result in results) == 1
    assert {r.status for r in results if isinstance(r, DomainError)} == {409}
    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    kinds = Counter(event.kind for event in reading.history([case.pk]))
    assert kinds[Kind.CASE_APPROVED] == 1


def test_four_officers_of_a_quorum_of_three_are_counted_to_three():
    document = policies.document()
    for tier in document["tiers"]:
        tier["steps"][1]["quorum"] = 3
    policies.install(document)
    bench = cases.bench()
    case = cases.submitted(bench)
    cases.say(case, bench.validator)
    officers = [access.person(Role.RISK_OFFICER, team=bench.subject.team) for _ in range(4)]
    results = at_once(*[speaking(case, officer) for officer in officers])
    assert sum(isinstance(result, Decision) for result in results) == 3
    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    assert len(set(case.decisions.values_list("person", flat=True))) == 4


def test_withdrawing_and_deciding_at_once_leave_one_end():
    bench = cases.bench()
    case = cases.submitted(bench)
    cases.say(case, bench.validator)
    results = at_once(
        speaking(case, bench.officer),
        lambda: approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason="No more."),
    )
    assert sum(isinstance(result, DomainError) for result in results) == 1
    kinds = {event.kind for event in reading.history([case.pk])}
    assert len(kinds & {Kind.CASE_APPROVED, Kind.CASE_WITHDRAWN}) == 1


def test_four_requests_open_one_case():
    bench = cases.bench()
    results = at_once(
        *[
            lambda: approvals.open_case(
                actor=bench.builder, version_id=bench.version.pk, request="For scoring."
            )
            for _ in range(4)
        ]
    )
    assert sum(isinstance(result, ApprovalCase) for result in results) == 1
    assert {r.status for r in results if isinstance(r, DomainError)} == {409}
    assert ApprovalCase.objects.count() == 1
