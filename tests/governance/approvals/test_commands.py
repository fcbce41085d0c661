"""Opening, feeding, submitting, judging, withdrawing a case, and meeting its conditions."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.engine.outcome import Verdict
from governance.access import commands as accounts
from governance.access.kinds import Role
from governance.approvals import commands as approvals
from governance.approvals.kinds import CaseState, Choice, Kind, StepState
from governance.approvals.models import (
    ApprovalCase,
    Condition,
    Decision,
    Evidence,
    Participant,
    Step,
)
from governance.approvals.rules.workflow import end_of_validity
from governance.kernel.actor import Strength, Via, system_actor
from governance.kernel.canonical import digest
from governance.kernel.errors import Conflict, Missing, Moved, NotPermitted, RuleBroken
from governance.ledger import proofs, reading
from governance.policies.kinds import Answer
from tests.factories import access, policies, runs
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> cases.Bench:
    return cases.bench()


def kinds_about(case: ApprovalCase) -> list[str]:
    return [event.kind for event in reversed(reading.history([case.pk]))]


class Unchanged:
    """No row of a case and no entry of the ledger may be written inside."""

    def __enter__(self):
        self.before = self.look()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            assert self.look() == self.before

    @staticmethod
    def look():
        models = (ApprovalCase, Step, Decision, Condition, Evidence, Participant)
        rows = [sorted(map(str, model.objects.values_list())) for model in models]
        return rows, proofs.head_position()


# -- Opening ---------------------------------------------------------------------------------------


def test_opened_case_is_a_draft_with_tier_and_the_newest_evidence(bench):
    case = cases.opened(bench)
    assert case.state == CaseState.DRAFT
    assert case.public_id.startswith("APR-")
    assert case.tier_reasons
    assert case.run_id == bench.run.pk
    assert case.evidence.count() == bench.run.checks.count()
    assert kinds_about(case) == [Kind.CASE_OPENED, Kind.EVIDENCE_ATTACHED]


def test_only_one_case_about_a_version_is_open(bench):
    cases.opened(bench)
    with Unchanged(), pytest.raises(Conflict, match="APR-"):
        cases.opened(bench)


def test_case_needs_a_request(bench):
    with Unchanged(), pytest.raises(RuleBroken) as told:
        approvals.open_case(actor=bench.builder, version_id=bench.version.pk, request="  ")
    assert "request" in told.value.errors


def test_case_is_not_opened_for_an_unknown_action(bench):
    with Unchanged(), pytest.raises(RuleBroken):
        approvals.open_case(
            actor=bench.builder, version_id=bench.version.pk, request="Why", action="retire"
        )


def test_who_judges_does_not_open_cases(bench):
    for person in (bench.validator, bench.officer):
        with Unchanged(), pytest.raises(NotPermitted):
            approvals.open_case(
                actor=access.actor(person), version_id=bench.version.pk, request="Why"
            )


def test_version_of_another_team_is_missing(bench):
    stranger = access.person(Role.DEVELOPER, team=access.team())
    with Unchanged(), pytest.raises(Missing):
        approvals.open_case(
            actor=access.actor(stranger), version_id=bench.version.pk, request="Why"
        )


# -- Evidence --------------------------------------------------------------------------------------


def test_evidence_is_attached_once_and_the_newest_run_wins():
    bench = cases.bench(checked=False)
    case = cases.opened(bench)
    assert case.run_id is None
    run = runs.completed(bench.subject)
    approvals.attach_evidence(actor=system_actor(), run_id=run.pk)
    with Unchanged():
        approvals.attach_evidence(actor=system_actor(), run_id=run.pk)
    later = runs.completed(bench.subject)
    approvals.attach_evidence(actor=system_actor(), run_id=run.pk)
    case.refresh_from_db()
    assert case.run_id == later.pk
    assert set(case.evidence.values_list("check_run__run", flat=True)) == {later.pk}


def test_people_do_not_attach_evidence(bench):
    with Unchanged(), pytest.raises(NotPermitted):
        approvals.attach_evidence(actor=bench.builder, run_id=bench.run.pk)


def test_submitted_case_takes_up_no_other_run(bench):
    case = cases.submitted(bench)
    later = runs.completed(bench.subject)
    with Unchanged():
        approvals.attach_evidence(actor=system_actor(), run_id=later.pk)
    case.refresh_from_db()
    assert case.run_id == bench.run.pk


# -- Submitting ------------------------------------------------------------------------------------


def test_submitting_binds_content_gate_builders_and_steps(bench):
    case = cases.submitted(bench)
    assert case.state == CaseState.SUBMITTED
    assert case.content_digest == bench.version.content_digest()
    assert case.gate["answer"] == Answer.ALLOW
    assert list(case.steps.values_list("kind", "state")) == [
        ("opinion", StepState.OPEN),
        ("decision", StepState.WAITING),
    ]
    assert bench.builder.id in set(case.participants.values_list("person_id", flat=True))
    assert kinds_about(case)[-1] == Kind.CASE_SUBMITTED


def test_case_without_a_completed_run_cannot_be_submitted():
    case = cases.opened(bench := cases.bench(checked=False))
    with Unchanged(), pytest.raises(RuleBroken, match="No completed audit run"):
        approvals.submit_case(actor=bench.builder, case_id=case.pk)


def test_case_is_submitted_once(bench):
    case = cases.submitted(bench)
    with Unchanged(), pytest.raises(Conflict):
        approvals.submit_case(actor=bench.builder, case_id=case.pk)


def test_validator_does_not_submit(bench):
    case = cases.opened(bench)
    with Unchanged(), pytest.raises(NotPermitted):
        approvals.submit_case(actor=access.actor(bench.validator), case_id=case.pk)


def test_submitting_under_a_newer_policy_needs_a_newer_run(bench):
    case = cases.opened(bench)
    changed = policies.document()
    changed["title"] = "Model risk policy, stricter"
    policies.install(changed)
    case = approvals.submit_case(actor=bench.builder, case_id=case.pk)
    assert case.policy.title == "Model risk policy, stricter"
    assert case.gate["answer"] == Answer.NEEDS_EVIDENCE


# -- Judging ---------------------------------------------------------------------------------------


def test_two_people_approve_and_the_approval_ends_by_the_policy(bench):
    case = cases.decided(bench)
    assert case.state == CaseState.APPROVED
    months = case.policy.policy.tier(case.tier).validity_months
    assert case.valid_until == end_of_validity(timezone.localdate(), months)
    assert set(case.steps.values_list("state", flat=True)) == {StepState.DONE}
    assert kinds_about(case)[-3:] == [Kind.STEP_DECIDED, Kind.STEP_DECIDED, Kind.CASE_APPROVED]


def test_decision_keeps_the_statement_that_was_signed(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    decision = cases.say(case, bench.validator)
    assert decision.statement["evidence"] == statement["evidence"]
    assert decision.statement_digest == digest(decision.statement)
    assert decision.statement["signer"]["name"] == bench.validator.name
    event = reading.events_after(decision.ledger_seq - 1, [Kind.STEP_DECIDED.value], 1)[0]
    assert event.body["statement_digest"] == decision.statement_digest
    assert bench.validator.name not in str(event.body)


def test_officer_cannot_decide_before_the_opinion(bench):
    case = cases.submitted(bench)
    waiting = case.steps.get(kind="decision")
    with Unchanged(), pytest.raises(Conflict):
        approvals.decide_step(
            actor=access.actor(bench.officer),
            step_id=waiting.pk,
            words=cases.words(),
            seen=cases.seen(case, bench.officer),
            proof=cases.proof(bench.officer),
        )


def test_decision_against_rejects_and_names_the_reason(bench):
    case = cases.decided(bench, Choice.AGAINST)
    assert case.state == CaseState.REJECTED
    assert case.valid_until is None
    assert case.outcome_note == cases.REASON
    assert kinds_about(case)[-1] == Kind.CASE_REJECTED


def test_opinion_against_does_not_decide_but_must_be_overridden_in_words(bench):
    case = cases.submitted(bench)
    cases.say(case, bench.validator, Choice.AGAINST)
    case.refresh_from_db()
    assert case.state == CaseState.IN_REVIEW
    with Unchanged(), pytest.raises(RuleBroken) as told:
        cases.say(case, bench.officer)
    assert "override" in told.value.errors
    decision = cases.say(case, bench.officer, override="The concern is about another population.")
    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    assert decision.override


def test_failed_check_that_blocks_lets_nobody_approve():
    bench = cases.bench(cases.failing("performance.classification"))
    case = cases.submitted(bench)
    for choice in (Choice.FAVOUR, Choice.CONDITIONAL):
        with Unchanged(), pytest.raises(RuleBroken) as told:
            cases.say(
                case,
                bench.validator,
                choice,
                conditions=(cases.condition(bench.officer),) if choice != Choice.FAVOUR else (),
            )
        assert "choice" in told.value.errors
    cases.say(case, bench.validator, Choice.AGAINST)
    cases.say(case, bench.officer, Choice.AGAINST)
    case.refresh_from_db()
    assert case.state == CaseState.REJECTED


def test_failed_check_that_conditions_may_cure_is_approved_with_them():
    bench = cases.bench(cases.failing("fairness.groups"))
    case = cases.submitted(bench)
    with Unchanged(), pytest.raises(RuleBroken):
        cases.say(case, bench.validator)
    cases.say(
        case, bench.validator, Choice.CONDITIONAL, conditions=(cases.condition(bench.officer),)
    )
    cases.say(case, bench.officer, Choice.CONDITIONAL)
    case.refresh_from_db()
    assert case.state == CaseState.CONDITIONAL
    assert case.conditions.count() == 1


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.INSUFFICIENT])
def test_evidence_that_shows_nothing_is_never_an_allow(verdict):
    bench = cases.bench({"data.schema": verdict})
    case = cases.submitted(bench)
    with Unchanged(), pytest.raises(RuleBroken):
        cases.say(case, bench.validator)


def test_conditions_need_an_owner_in_reach_and_a_day_to_come(bench):
    case = cases.submitted(bench)
    outsider = access.person(Role.DEVELOPER, team=access.team())
    for condition in (
        cases.condition(bench.officer, days=0),
        cases.condition(bench.officer, days=9999),
        cases.condition(bench.officer, text=" "),
        cases.condition(outsider),
    ):
        with Unchanged(), pytest.raises(RuleBroken) as told:
            cases.say(case, bench.validator, Choice.CONDITIONAL, conditions=(condition,))
        assert "conditions" in told.value.errors
    with Unchanged(), pytest.raises(RuleBroken):
        cases.say(case, bench.validator, Choice.CONDITIONAL)


def test_reason_is_mandatory(bench):
    case = cases.submitted(bench)
    with Unchanged(), pytest.raises(RuleBroken) as told:
        cases.say(case, bench.validator, reason="\n ")
    assert "reason" in told.value.errors


def test_abstention_is_kept_and_the_step_waits_for_somebody_else(bench):
    case = cases.submitted(bench)
    cases.say(case, bench.validator, Choice.ABSTAIN)
    assert case.steps.get(kind="opinion").state == StepState.OPEN
    other = access.person(Role.VALIDATOR, team=bench.subject.team)
    cases.say(case, other)
    assert case.steps.get(kind="opinion").state == StepState.DONE


# -- Independence ----------------------------------------------------------------------------------


def test_who_built_cannot_judge_in_any_role(bench):
    case = cases.submitted(bench)
    builder = bench.version.created_by
    admin = system_actor(Via.COMMAND)
    for role in (Role.VALIDATOR, Role.RISK_OFFICER, Role.ADMINISTRATOR):
        accounts.grant_role(actor=admin, user_id=builder.pk, role=role, team_id=None)
    with Unchanged(), pytest.raises(NotPermitted, match="built"):
        cases.say(case, builder)


def test_who_validated_cannot_decide(bench):
    both = access.person(Role.VALIDATOR, Role.RISK_OFFICER, team=bench.subject.team)
    case = cases.submitted(bench)
    cases.say(case, both)
    with Unchanged(), pytest.raises(NotPermitted):
        cases.say(case, both)


def test_nobody_speaks_twice(bench):
    case = cases.submitted(bench)
    cases.say(case, bench.validator, Choice.ABSTAIN)
    with Unchanged(), pytest.raises(Conflict):
        cases.say(case, bench.validator)


def test_who_became_owner_after_submission_cannot_judge(bench):
    case = cases.submitted(bench)
    type(bench.version.model).objects.filter(pk=bench.version.model_id).update(owner=bench.officer)
    cases.say(case, bench.validator)
    with Unchanged(), pytest.raises(NotPermitted, match="own"):
        cases.say(case, bench.officer)


def test_validator_who_brought_the_data_and_asked_for_the_run_stays_independent():
    bench = cases.bench(checked=False)
    independent = access.person(Role.VALIDATOR, team=bench.subject.team)
    runs.completed(
        runs.Subject(
            bench.subject.team,
            access.actor(independent),
            bench.version,
            bench.subject.reference,
            bench.subject.current,
        )
    )
    case = cases.submitted(bench)
    assert cases.say(case, independent).choice == Choice.FAVOUR


def test_administrator_has_no_voice(bench):
    case = cases.submitted(bench)
    admin = access.person(Role.ADMINISTRATOR)
    with Unchanged(), pytest.raises((NotPermitted, Missing)):
        cases.say(case, admin)


def test_token_never_judges(bench):
    case = cases.submitted(bench)
    step = case.steps.get(state=StepState.OPEN)
    person = access.actor(bench.validator)
    for actor in (
        replace(person, scopes=frozenset({"case.opine", "read"}), strength=Strength.TOKEN),
        replace(person, strength=Strength.NONE),
        system_actor(),
    ):
        with Unchanged(), pytest.raises((NotPermitted, Missing)):
            approvals.decide_step(
                actor=actor,
                step_id=step.pk,
                words=cases.words(),
                seen=cases.seen(case, bench.validator),
                proof=cases.proof(bench.validator),
            )


def test_signing_takes_a_fresh_proof_of_the_same_person(bench):
    case = cases.submitted(bench)
    step = case.steps.get(state=StepState.OPEN)
    fresh = cases.proof(bench.validator)
    stale = type(fresh)(fresh.person_id, timezone.now() - timedelta(minutes=6), fresh.strength)
    for proof in (None, stale, cases.proof(bench.officer)):
        with Unchanged(), pytest.raises(NotPermitted):
            approvals.decide_step(
                actor=access.actor(bench.validator),
                step_id=step.pk,
                words=cases.words(),
                seen=cases.seen(case, bench.validator),
                proof=proof,
            )


def test_stranger_does_not_learn_that_the_case_exists(bench):
    case = cases.submitted(bench)
    stranger = access.person(Role.VALIDATOR, team=access.team())
    with Unchanged(), pytest.raises(Missing):
        cases.say(case, stranger)


# -- What moved ------------------------------------------------------------------------------------


def decide_on(case, user, statement):
    return approvals.decide_step(
        actor=access.actor(user),
        step_id=case.steps.get(state=StepState.OPEN).pk,
        words=cases.words(),
        seen=statement,
        proof=cases.proof(user),
    )


def test_statement_survives_other_peoples_events(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    cases.opened()
    assert decide_on(case, bench.validator, statement)


def test_decision_on_what_has_changed_since_is_refused_by_name(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    check = bench.run.checks.first()
    type(check).objects.filter(pk=check.pk).update(outcome_digest="0" * 64)
    with Unchanged(), pytest.raises(Moved, match="the evidence") as told:
        decide_on(case, bench.validator, statement)
    assert "the gate's answer" in told.value.errors["statement"]


def test_use_whose_tier_changed_since_is_refused_by_name(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator)
    use = bench.version.model.use_case
    type(use).objects.filter(pk=use.pk).update(exposure="low", personal_data=False)
    with Unchanged(), pytest.raises(Moved, match="the tier"):
        decide_on(case, bench.validator, statement)
    with Unchanged(), pytest.raises(RuleBroken):
        cases.say(case, bench.validator)


def test_opinion_that_came_in_between_moves_the_statement(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.officer)
    cases.say(case, bench.validator)
    with Unchanged(), pytest.raises(Moved, match="the step"):
        decide_on(case, bench.officer, statement)


def test_statement_must_name_a_true_position_of_the_ledger(bench):
    case = cases.submitted(bench)
    statement = cases.seen(case, bench.validator) | {"ledger": {"size": 1, "head": "f" * 64}}
    with Unchanged(), pytest.raises(RuleBroken, match="never stood"):
        decide_on(case, bench.validator, statement)


def test_outcome_edited_in_the_database_closes_the_gate(bench):
    check = bench.run.checks.get(check_id="drift.columns")
    type(check).objects.filter(pk=check.pk).update(outcome={**check.outcome, "summary": "Fine."})
    case = cases.submitted(bench)
    assert case.gate["answer"] == Answer.REFUSE
    with Unchanged(), pytest.raises(RuleBroken):
        cases.say(case, bench.validator)


# -- Withdrawing, conditions -----------------------------------------------------------------------


def test_withdrawn_case_is_over_and_a_new_one_may_be_opened(bench):
    case = cases.submitted(bench)
    approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason="A newer version follows.")
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    assert set(case.steps.values_list("state", flat=True)) == {StepState.SKIPPED}
    assert kinds_about(case)[-1] == Kind.CASE_WITHDRAWN
    with Unchanged(), pytest.raises(Conflict):
        approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason="Again.")
    assert cases.opened(bench).state == CaseState.DRAFT


def test_withdrawing_takes_a_reason_and_the_right(bench):
    case = cases.submitted(bench)
    with Unchanged(), pytest.raises(RuleBroken):
        approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason=" ")
    with Unchanged(), pytest.raises(NotPermitted):
        approvals.withdraw_case(
            actor=access.actor(bench.officer), case_id=case.pk, reason="I do not like it."
        )


def test_approved_case_cannot_be_withdrawn(bench):
    case = cases.decided(bench)
    with Unchanged(), pytest.raises(Conflict):
        approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason="Too late.")


@pytest.fixture
def conditional(bench) -> Condition:
    owner = bench.version.created_by
    case = cases.decided(bench, Choice.CONDITIONAL, conditions=(cases.condition(owner),))
    return case.conditions.get()


def test_reviewer_declares_a_condition_met(bench, conditional):
    met = approvals.meet_condition(
        actor=access.actor(bench.validator), condition_id=conditional.pk, note="Monitor is live."
    )
    assert (met.state, met.met_by_id) == ("met", bench.validator.pk)
    assert kinds_about(met.case)[-1] == Kind.CONDITION_MET
    with Unchanged(), pytest.raises(Conflict):
        approvals.meet_condition(
            actor=access.actor(bench.officer), condition_id=conditional.pk, note="Again."
        )


def test_owner_does_not_declare_a_condition_met(bench):
    case = cases.decided(bench, Choice.CONDITIONAL, conditions=(cases.condition(bench.officer),))
    condition = case.conditions.get()
    with Unchanged(), pytest.raises(NotPermitted, match="owner"):
        approvals.meet_condition(
            actor=access.actor(bench.officer), condition_id=condition.pk, note="Done."
        )
    with Unchanged(), pytest.raises(NotPermitted):
        approvals.meet_condition(actor=bench.builder, condition_id=condition.pk, note="Done.")
    with Unchanged(), pytest.raises(RuleBroken):
        approvals.meet_condition(
            actor=access.actor(bench.validator), condition_id=condition.pk, note=""
        )


def test_unknown_ids_are_missing(bench):
    nobody = uuid.uuid4()
    officer = access.actor(bench.officer)
    with pytest.raises(Missing):
        approvals.meet_condition(actor=officer, condition_id=nobody, note="Done.")
    with pytest.raises(Missing):
        approvals.submit_case(actor=bench.builder, case_id=nobody)
    with pytest.raises(Missing):
        approvals.decide_step(
            actor=officer, step_id=nobody, words=cases.words(), seen={}, proof=None
        )
