"""What versions' cases come to today, from the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.approvals import commands as approvals
from governance.approvals.kinds import Choice, Status
from governance.approvals.models import ApprovalCase, Condition
from tests.factories import access, runs
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> cases.Bench:
    return cases.bench()


def status(bench: cases.Bench) -> str:
    return ApprovalCase.objects.standing(bench.version.pk).status


def test_standing_follows_the_case(bench):
    assert status(bench) == Status.NONE
    case = cases.opened(bench)
    assert status(bench) == Status.DRAFT
    approvals.submit_case(actor=bench.builder, case_id=case.pk)
    assert status(bench) == Status.IN_REVIEW
    model = bench.version.model_id
    assert ApprovalCase.objects.model_standings([model])[model].status == Status.IN_REVIEW


def test_approval_lapses_when_the_version_changes(bench):
    cases.decided(bench)
    assert status(bench) == Status.APPROVED
    type(bench.version).objects.filter(pk=bench.version.pk).update(code_reference="elsewhere")
    assert status(bench) == Status.LAPSED


def test_approval_lapses_when_evidence_changes(bench):
    cases.decided(bench)
    bench.run.checks.filter(position=1).update(outcome_digest="0" * 64)
    assert status(bench) == Status.LAPSED


def test_approval_lapses_when_the_use_grows():
    bench = cases.bench(checked=False)
    use = type(bench.version.model.use_case).objects.filter(pk=bench.version.model.use_case_id)
    use.update(exposure="low", autonomy="informs")
    runs.completed(bench.subject)
    case = cases.decided(bench)
    assert case.tier > 1
    assert status(bench) == Status.APPROVED
    use.update(exposure="very_high", autonomy="decides")
    assert status(bench) == Status.LAPSED


def test_approval_expires(bench):
    case = cases.decided(bench)
    yesterday = timezone.localdate() - timedelta(days=1)
    ApprovalCase.objects.filter(pk=case.pk).update(valid_until=yesterday)
    assert status(bench) == Status.EXPIRED


def test_overdue_condition_is_told(bench):
    owner = bench.version.created_by
    cases.decided(bench, Choice.CONDITIONAL, conditions=(cases.condition(owner),))
    Condition.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    standing = ApprovalCase.objects.standing(bench.version.pk)
    assert (standing.status, standing.overdue, standing.usable) == (Status.CONDITIONAL, 1, False)
    assert list(Condition.objects.all().due(timezone.localdate()))


def test_many_standings_take_a_constant_number_of_queries(bench, django_assert_max_num_queries):
    cases.decided(bench)
    others = [cases.bench() for _ in range(2)]
    for other in others:
        cases.decided(other)
    keys = [bench.version.pk, *(other.version.pk for other in others)]
    with django_assert_max_num_queries(2):
        found = ApprovalCase.objects.standings(keys)
    assert {found[key].status for key in keys} == {Status.APPROVED}


def test_waiting_on_names_only_who_can_move_the_case(bench):
    case = cases.opened(bench)
    everybody = {
        "builder": bench.version.created_by,
        "validator": bench.validator,
        "officer": bench.officer,
        "stranger": access.person(Role.VALIDATOR, team=access.team()),
        "group": access.person(Role.RISK_OFFICER),
        "auditor": access.person(Role.AUDITOR),
    }

    def waited_on() -> set[str]:
        return {
            name
            for name, user in everybody.items()
            if ApprovalCase.objects.all().waiting_on(access.actor(user)).exists()
        }

    assert waited_on() == {"builder"}
    approvals.submit_case(actor=bench.builder, case_id=case.pk)
    assert waited_on() == {"validator"}
    cases.say(case, bench.validator)
    assert waited_on() == {"officer", "group"}
    cases.say(case, bench.officer)
    assert waited_on() == set()


def test_expiring_names_approvals_that_nothing_replaces(bench):
    case = cases.decided(bench)
    assert list(ApprovalCase.objects.all().expiring(case.valid_until)) == [case]
    assert not ApprovalCase.objects.all().expiring(case.valid_until - timedelta(days=1)).exists()
    later = cases.decided(bench)
    assert list(ApprovalCase.objects.all().expiring(case.valid_until)) == [later]
