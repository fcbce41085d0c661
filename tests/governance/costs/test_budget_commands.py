"""Budgets: set by one, decided by another, versions that supersede, transfers decided as one."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.access.models import Membership, User
from governance.costs import commands as costs
from governance.costs import telling
from governance.costs.kinds import BudgetState
from governance.costs.models import Budget, BudgetAlert
from governance.costs.rules.budgets import Crossing
from governance.kernel.actor import Strength, system_actor
from governance.kernel.errors import Conflict, DomainError, Missing, Moved, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from tests.factories import access, spend
from tests.factories.plans import charge_days, plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return access.team()


@pytest.fixture
def target(team):
    return spend.target(f"team/{team.slug}", "team", team)


@pytest.fixture
def other(team):
    return spend.target("pool/reserve", "pool", team)


@pytest.fixture
def asker(team):
    return access.actor(access.person(Role.MANAGER, team=team))


@pytest.fixture
def decider(team):
    return access.actor(access.person(Role.FINANCE_ATTESTER, team=team))


def events():
    rows = Entry.objects.filter(kind__startswith="costs.").order_by("seq")
    return list(rows.values_list("kind", flat=True))


def in_force(asker, decider, target, **changes):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan(**changes))
    return costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=row.pk)


def test_a_budget_counts_once_another_person_approves_it(asker, decider, target):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan(), note=" New year ")
    assert (row.state, row.number, row.note) == (BudgetState.SUBMITTED, 1, "New year")
    approved = costs.approve_budget(
        actor=decider, proof=access.proof(decider), budget_id=row.pk, answer="Agreed"
    )
    assert (approved.state, approved.decided_by_id) == (BudgetState.APPROVED, decider.id)
    assert events() == ["costs.budget.submitted", "costs.budget.approved"]


def test_nobody_approves_or_rejects_their_own(asker, target, team):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    for decide in (costs.approve_budget, costs.reject_budget):
        with pytest.raises(Conflict) as refused:
            decide(actor=asker, proof=access.proof(asker), budget_id=row.pk, answer="Mine")
        assert refused.value.status == 403
    row.refresh_from_db()
    assert row.state == BudgetState.SUBMITTED
    assert events() == ["costs.budget.submitted"]


def test_a_plan_that_cannot_stand_writes_nothing(asker, target):
    with pytest.raises(RuleBroken):
        costs.set_budget(actor=asker, target_id=target.pk, plan=plan(amount=0))
    assert not Budget.objects.exists()
    assert events() == []


def test_the_same_days_twice_are_refused(asker, target):
    costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    with pytest.raises(Conflict, match="already"):
        costs.set_budget(actor=asker, target_id=target.pk, plan=plan(amount=UNIT))
    assert Budget.objects.count() == 1


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR, Role.FINANCE_ATTESTER])
def test_only_managers_set_budgets(role, target, team):
    actor = access.actor(access.person(role, team=team))
    with pytest.raises(NotPermitted):
        costs.set_budget(actor=actor, target_id=target.pk, plan=plan())
    assert events() == []


def test_another_teams_target_is_not_there(target):
    stranger = access.actor(access.person(Role.MANAGER, team=access.team()))
    with pytest.raises(Missing):
        costs.set_budget(actor=stranger, target_id=target.pk, plan=plan())


def test_a_company_budget_takes_the_right_in_all_of_it(asker):
    everything = spend.target("organisation", "organisation")
    with pytest.raises(DomainError):
        costs.set_budget(actor=asker, target_id=everything.pk, plan=plan())


def test_a_token_approves_nothing(asker, target, team, decider):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    unproven = access.actor(access.person(Role.MANAGER, team=team), strength=Strength.NONE)
    with pytest.raises(NotPermitted):
        costs.approve_budget(actor=unproven, proof=access.proof(unproven), budget_id=row.pk)


def test_a_decision_takes_the_password_of_who_decides_anew(asker, decider, target):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    stale = replace(access.proof(decider), at=timezone.now() - timedelta(minutes=6))
    for decide in (costs.approve_budget, costs.reject_budget):
        for given in (None, access.proof(asker), stale):
            with pytest.raises(NotPermitted):
                decide(actor=decider, proof=given, budget_id=row.pk, answer="Agreed")
    row.refresh_from_db()
    assert row.state == BudgetState.SUBMITTED
    assert events() == ["costs.budget.submitted"]


def test_a_change_is_a_new_version_and_supersedes_when_approved(asker, decider, target):
    first = in_force(asker, decider, target)
    second = costs.change_budget(
        actor=asker, budget_id=first.pk, plan=plan(amount=9 * UNIT), note="Less work"
    )
    first.refresh_from_db()
    assert (second.series, second.number) == (first.series, 2)
    assert first.state == BudgetState.APPROVED
    costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=second.pk)
    first.refresh_from_db()
    assert first.state == BudgetState.SUPERSEDED


def test_a_rejected_change_leaves_what_was_in_force(asker, decider, target):
    first = in_force(asker, decider, target)
    second = costs.change_budget(actor=asker, budget_id=first.pk, plan=plan(), note="Again")
    costs.reject_budget(
        actor=decider, proof=access.proof(decider), budget_id=second.pk, answer="Nothing changed"
    )
    first.refresh_from_db()
    assert first.state == BudgetState.APPROVED
    assert events()[-1] == "costs.budget.rejected"
    with pytest.raises(Conflict):
        costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=second.pk)


def test_a_waiting_version_is_replaced_by_a_later_one(asker, target):
    first = costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    second = costs.change_budget(
        actor=asker, budget_id=first.pk, plan=plan(amount=UNIT), note="Typing error"
    )
    first.refresh_from_db()
    assert (first.state, second.state) == (BudgetState.SUPERSEDED, BudgetState.SUBMITTED)
    with pytest.raises(Conflict, match="later version"):
        costs.change_budget(actor=asker, budget_id=first.pk, plan=plan(), note="Old page")


def test_who_saw_an_older_revision_changes_nothing(asker, decider, target):
    row = in_force(asker, decider, target)
    with pytest.raises(Moved):
        costs.change_budget(actor=asker, budget_id=row.pk, plan=plan(), note="x", revision=1)
    assert Budget.objects.count() == 1


def test_a_transfer_is_one_event_with_two_lines_and_one_decision(asker, decider, target, other):
    giver = in_force(asker, decider, target)
    taker = in_force(asker, decider, other, amount=100 * UNIT)
    line = costs.transfer_budget(
        actor=asker, giver_id=giver.pk, taker_id=taker.pk, amount=1000 * UNIT, note="GPU moved"
    )
    entry = Entry.objects.filter(kind="costs.budget.transferred").get()
    assert [one["amount"] for one in entry.body.data["lines"]] == ["2000", "1100"]
    costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=line.pk)
    amounts = Budget.objects.filter(state=BudgetState.APPROVED).order_by("amount")
    assert [row.amount // UNIT for row in amounts] == [1100, 2000]
    assert events().count("costs.budget.approved") == 3


def test_half_a_transfer_is_neither_decided_nor_changed_alone(asker, decider, target, other):
    giver = in_force(asker, decider, target)
    taker = in_force(asker, decider, other)
    line = costs.transfer_budget(
        actor=asker, giver_id=giver.pk, taker_id=taker.pk, amount=UNIT, note="Small"
    )
    with pytest.raises(Conflict, match="transfer"):
        costs.change_budget(actor=asker, budget_id=line.pk, plan=plan(), note="No")
    with pytest.raises(Conflict):
        costs.change_budget(actor=asker, budget_id=taker.pk, plan=plan(), note="No")
    costs.reject_budget(
        actor=decider, proof=access.proof(decider), budget_id=line.pk, answer="Not now"
    )
    assert set(Budget.objects.filter(transfer=line.transfer).values_list("state", flat=True)) == {
        BudgetState.REJECTED
    }


def test_what_is_spent_already_is_not_given_away(asker, decider, target, other, team):
    giver = in_force(asker, decider, target)
    taker = in_force(asker, decider, other)
    first = giver.start
    charge_days(target, [100] * 25, asker.id, first=first)
    with pytest.raises(RuleBroken):
        costs.transfer_budget(
            actor=asker, giver_id=giver.pk, taker_id=taker.pk, amount=501 * UNIT, note="Too much"
        )
    assert "costs.budget.transferred" not in events()


def test_a_crossing_is_told_once_for_each_version(asker, decider, target):
    row = in_force(asker, decider, target)
    reached = [Crossing("actual", 50, 1500 * UNIT)]
    service = system_actor()
    told = [
        len(costs.record_crossings(actor=service, budget_id=row.pk, crossings=reached))
        for _ in range(2)
    ]
    assert told == [1, 0]
    assert BudgetAlert.objects.count() == 1
    assert events().count("costs.budget.crossed") == 1
    second = costs.change_budget(actor=asker, budget_id=row.pk, plan=plan(), note="Once more")
    assert costs.record_crossings(actor=service, budget_id=second.pk, crossings=reached) == []
    costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=second.pk)
    assert len(costs.record_crossings(actor=service, budget_id=second.pk, crossings=reached)) == 1


def test_whom_a_budget_concerns_is_told_by_mail_once(asker, decider, target, mailoutbox):
    row = in_force(asker, decider, target)
    reached = [Crossing("actual", 50, 1500 * UNIT), Crossing("forecast", 100, 3100 * UNIT)]
    costs.record_crossings(actor=system_actor(), budget_id=row.pk, crossings=reached)
    assert telling.tell_crossings(row.pk) == 2
    assert telling.tell_crossings(row.pk) == 0
    concerned = User.objects.filter(pk__in=[asker.id, decider.id])
    assert {mail.to[0] for mail in mailoutbox} == {person.email for person in concerned}
    mail = mailoutbox[0]
    assert mail.subject == f"Budget of {target.name}: 100 % is reached"
    assert "50 % of it is spent: 1,500.00 USD" in mail.body
    assert reverse("costs:budget-detail", args=[row.pk]) in mail.body


def test_who_may_no_longer_see_a_budget_is_not_told_of_it(asker, decider, target, mailoutbox):
    row = in_force(asker, decider, target)
    Membership.objects.filter(user_id=asker.id).delete()
    reached = [Crossing("actual", 50, 1500 * UNIT)]
    costs.record_crossings(actor=system_actor(), budget_id=row.pk, crossings=reached)
    assert telling.tell_crossings(row.pk) == 1
    assert len(mailoutbox) == 1


def test_mail_that_cannot_be_sent_is_tried_again(asker, decider, target, settings, mailoutbox):
    row = in_force(asker, decider, target)
    reached = [Crossing("actual", 50, 1500 * UNIT)]
    costs.record_crossings(actor=system_actor(), budget_id=row.pk, crossings=reached)
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody answers there
    with pytest.raises(ConnectionRefusedError):
        telling.tell_crossings(row.pk)
    settings.EMAIL_BACKEND = usual
    BudgetAlert.objects.update(crossed_at=timezone.now() - timedelta(hours=1))
    assert costs.sweep_alerts(actor=system_actor()) == 1
    assert telling.tell_crossings(row.pk) == 2


def test_nobody_types_in_a_crossing(asker, decider, target):
    row = in_force(asker, decider, target)
    with pytest.raises(NotPermitted):
        costs.record_crossings(actor=asker, budget_id=row.pk, crossings=[])


def together(*calls):
    """Run ``calls`` at the same moment in threads of their own; return what each raised or None."""
    start, found = threading.Barrier(len(calls)), []

    def one(call):
        start.wait()
        try:
            call()
            found.append(None)
        except DomainError as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_of_two_who_set_the_same_budget_at_once_one_is_refused(asker, team, target):
    second = access.actor(access.person(Role.MANAGER, team=team))
    found = together(
        *(
            lambda actor=actor: costs.set_budget(actor=actor, target_id=target.pk, plan=plan())
            for actor in (asker, second)
        )
    )
    assert sorted(type(error).__name__ for error in found) == ["Conflict", "NoneType"]
    assert Budget.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides(asker, decider, team, target):
    row = costs.set_budget(actor=asker, target_id=target.pk, plan=plan())
    second = access.actor(access.person(Role.MANAGER, team=team))
    found = together(
        lambda: costs.approve_budget(actor=decider, proof=access.proof(decider), budget_id=row.pk),
        lambda: costs.reject_budget(
            actor=second, proof=access.proof(second), budget_id=row.pk, answer="No"
        ),
    )
    assert sorted(type(error).__name__ for error in found) == ["Conflict", "NoneType"]
    decided = [kind for kind in events() if kind != "costs.budget.submitted"]
    assert len(decided) == 1
