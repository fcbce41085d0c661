"""Rule sets: written by one person, put in force by another, never changed after that."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access.kinds import Role
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs.kinds import RuleSetState
from governance.costs.models import RuleSet, Target
from governance.kernel.actor import Strength, system_actor
from governance.kernel.errors import Conflict, Moved, NotPermitted, RuleBroken
from governance.ledger.models import Entry
from tests.factories import access

pytestmark = pytest.mark.django_db
JANUARY = dt.date(2026, 1, 1)


@pytest.fixture
def author():
    costs.ensure_targets(actor=system_actor())
    return access.actor(access.person(Role.MANAGER))


@pytest.fixture
def other():
    return access.actor(access.person(Role.FINANCE_ATTESTER))


def rule(**changes):
    usual = {"priority": 10, "phase": "direct", "name": "All", "matcher": {"all": []}}
    return {**usual, "method": "direct", "targets": [{"target": "organisation"}], **changes}


def proof(actor):
    return Reauthentication(actor.id, timezone.now(), Strength.PASSWORD)


def draft(author, *raws, **changes):
    values = {"effective_from": JANUARY, "raws": list(raws) or [rule()]} | changes
    return costs.draft_ruleset(actor=author, **values)


def approved(author, other, *raws, **changes):
    row = draft(author, *raws, **changes)
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    return costs.approve_ruleset(
        actor=other, ruleset_id=row.pk, seen=row.digest, proof=proof(other)
    )


def events():
    rows = Entry.objects.filter(kind__startswith="costs.ruleset").order_by("seq")
    return [kind.removeprefix("costs.ruleset.") for kind in rows.values_list("kind", flat=True)]


def test_rules_come_into_force_by_two_people(author, other):
    row = approved(author, other)
    assert (row.state, row.approved_by_id) == (RuleSetState.APPROVED, other.id)
    assert RuleSet.objects.in_force(dt.date(2026, 3, 1)) == row
    assert RuleSet.objects.in_force(dt.date(2025, 12, 1)) is None
    assert events() == ["drafted", "submitted", "approved"]


def test_next_draft_begins_with_the_rules_in_force(author, other):
    first = approved(author, other)
    second = draft(author, raws=None, effective_from=dt.date(2026, 2, 1))
    assert second.digest == first.digest
    assert [one.plain() for one in second.rules.all()] == [one.plain() for one in first.rules.all()]


def test_later_month_leaves_the_former_set_in_force_before_it(author, other):
    first = approved(author, other)
    later = approved(author, other, rule(name="New"), effective_from=dt.date(2026, 4, 1))
    assert RuleSet.objects.in_force(dt.date(2026, 3, 1)) == first
    assert RuleSet.objects.in_force(dt.date(2026, 4, 1)) == later
    same = approved(author, other, rule(name="Better"), effective_from=dt.date(2026, 4, 1))
    later.refresh_from_db()
    assert later.state == RuleSetState.SUPERSEDED
    assert RuleSet.objects.in_force(dt.date(2026, 5, 1)) == same


def test_author_cannot_approve_or_return_own_rules(author):
    row = draft(author)
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    with pytest.raises(NotPermitted) as refused:
        costs.approve_ruleset(actor=author, ruleset_id=row.pk, seen=row.digest, proof=proof(author))
    assert refused.value.code == "own-ruleset"
    with pytest.raises(NotPermitted):
        costs.return_ruleset(actor=author, ruleset_id=row.pk, reason="x", proof=proof(author))
    row.refresh_from_db()
    assert row.state == RuleSetState.SUBMITTED
    assert events() == ["drafted", "submitted"]


def test_database_itself_refuses_an_author_as_approver(author):
    row = draft(author)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=row.pk).update(approved_by_id=author.id)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR, Role.RISK_OFFICER])
def test_who_has_no_right_neither_drafts_nor_approves(author, role):
    stranger = access.actor(access.person(role))
    with pytest.raises(NotPermitted):
        draft(stranger)
    row = draft(author)
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    with pytest.raises(NotPermitted):
        costs.approve_ruleset(
            actor=stranger, ruleset_id=row.pk, seen=row.digest, proof=proof(stranger)
        )


def test_approval_needs_a_fresh_proof_of_the_same_person_and_the_rules_as_read(author, other):
    row = draft(author)
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    stale = Reauthentication(other.id, timezone.now() - dt.timedelta(minutes=6), Strength.PASSWORD)
    for bad in (None, stale, proof(author)):
        with pytest.raises(NotPermitted):
            costs.approve_ruleset(actor=other, ruleset_id=row.pk, seen=row.digest, proof=bad)
    with pytest.raises(Moved):
        costs.approve_ruleset(actor=other, ruleset_id=row.pk, seen="0" * 64, proof=proof(other))
    assert events() == ["drafted", "submitted"]


def test_second_approval_is_refused(author, other):
    row = approved(author, other)
    with pytest.raises(Conflict):
        costs.approve_ruleset(actor=other, ruleset_id=row.pk, seen=row.digest, proof=proof(other))
    assert events().count("approved") == 1


def test_returned_set_is_a_draft_again_with_the_reason(author, other):
    row = draft(author)
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    with pytest.raises(RuleBroken, match="different"):
        costs.return_ruleset(actor=other, ruleset_id=row.pk, reason=" ", proof=proof(other))
    costs.return_ruleset(
        actor=other, ruleset_id=row.pk, reason="Share the rest too.", proof=proof(other)
    )
    row.refresh_from_db()
    assert (row.state, row.answer) == (RuleSetState.DRAFT, "Share the rest too.")
    assert events() == ["drafted", "submitted", "returned"]


def test_draft_is_edited_by_its_author_alone_and_only_while_a_draft(author, other):
    row = draft(author)
    with pytest.raises(NotPermitted, match="author"):
        costs.edit_ruleset(actor=other, ruleset_id=row.pk, raws=[rule(name="Mine")])
    costs.edit_ruleset(actor=author, ruleset_id=row.pk, raws=[rule(name="B")], revision=1)
    costs.edit_ruleset(actor=author, ruleset_id=row.pk, raws=[rule(name="B")])
    with pytest.raises(Moved):
        costs.edit_ruleset(actor=author, ruleset_id=row.pk, raws=[rule(name="C")], revision=1)
    assert [one.name for one in row.rules.all()] == ["B"]
    assert events() == ["drafted", "changed"]
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    with pytest.raises(Conflict):
        costs.edit_ruleset(actor=author, ruleset_id=row.pk, raws=[rule(name="D")])


@pytest.mark.parametrize(
    ("raws", "code", "said"),
    [
        (
            [
                rule(
                    method="fixed",
                    targets=[
                        {"target": "organisation", "weight": "33.333"},
                        {"target": "unallocated/no_rule", "weight": "66.666"},
                    ],
                )
            ],
            "bad-rule",
            "no target",
        ),
        (
            [rule(method="fixed", targets=[{"target": "organisation", "weight": "99.999"}])],
            "percent-sum",
            "sum to 99.999",
        ),
        (
            [rule(method="fixed", targets=[{"target": "organisation", "weight": "0"}])],
            "percent-sum",
            "sum to 0",
        ),
        ([rule(targets=[{"target": "pool/none"}])], "target-unknown", "pool/none"),
        ([rule(), rule(name="B")], "priority-twice", "priority 10"),
        ([rule(), rule(name="ALL", priority=20)], "name-twice", "Two rules are called"),
        (
            [rule(targets=[{"target": "organisation"}, {"target": "organisation"}])],
            "bad-rule",
            "twice",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused_and_nothing_is_written(author, raws, code, said):
    with pytest.raises(RuleBroken, match=said) as refused:
        draft(author, *raws)
    assert refused.value.code == code
    assert not RuleSet.objects.exists()
    assert events() == []


def test_pools_that_would_send_money_round_are_refused_with_the_cycle_named(author):
    for slug in ("a", "b"):
        costs.create_pool(actor=author, slug=slug, name=slug)

    def onward(number, source, target):
        return rule(
            name=f"{source} to {target}",
            priority=number,
            phase="shared",
            options={"pool": f"pool/{source}"},
            targets=[{"target": f"pool/{target}"}],
        )

    with pytest.raises(RuleBroken, match=r"pool/a → pool/b → pool/a"):
        draft(author, onward(1, "a", "b"), onward(2, "b", "a"))


def test_empty_set_is_not_submitted_and_months_begin_on_the_first(author):
    row = costs.draft_ruleset(actor=author, effective_from=JANUARY)
    with pytest.raises(RuleBroken, match="no rule"):
        costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    with pytest.raises(RuleBroken, match="first day"):
        draft(author, effective_from=dt.date(2026, 1, 15))


def test_operator_drafts_and_submits_from_a_file_but_nobody_approves_there(author, tmp_path):
    person = access.person(Role.MANAGER)
    path, out = tmp_path / "rules.yaml", StringIO()
    path.write_text(
        "- {priority: 1, phase: direct, name: All, matcher: {all: []}, method: direct,\n"
        "   targets: [{target: organisation}]}\n"
    )
    call = ["install_cost_rules", str(path), "--as", person.email, "--from", "2026-01-01"]
    call_command(*call, "--submit", stdout=out)
    assert "1 rules, submitted" in out.getvalue()
    path.write_text("- {priority: 1}")
    with pytest.raises(CommandError, match=r"rules\.1"):
        call_command(*call)
    with pytest.raises(CommandError, match="first day"):
        call_command(*call[:-1], "January")
    path.unlink()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(*call)
    assert RuleSet.objects.get().state == RuleSetState.SUBMITTED
    assert Target.objects.filter(key="organisation").exists()
