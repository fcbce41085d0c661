"""Saying something at a step: an opinion or the decision, signed on a statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access.models import User
from governance.access.proofs import Reauthentication, check_proof
from governance.approvals.commands.shared import held_case, open_step, record
from governance.approvals.kinds import (
    CAPACITIES,
    MEANINGS,
    Act,
    Choice,
    Kind,
    StepKind,
    StepState,
)
from governance.approvals.models import ApprovalCase, Condition, Decision, Participant, Step
from governance.approvals.permissions import require_speaker
from governance.approvals.querysets import gates, people, statements
from governance.approvals.rules import statements as statement_rules
from governance.approvals.rules import workflow
from governance.approvals.rules.words import IN_FAVOUR, Bounds, Words, check_words
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Missing, RuleBroken
from governance.kernel.ids import new_id
from governance.ledger import reading as ledger_reading


@dataclass(frozen=True, slots=True)
class _Saying:
    """Everything at hand, under lock, when somebody speaks."""

    actor: Actor
    case: ApprovalCase
    step: Step
    words: Words
    gate: gates.Reading
    statement: dict[str, Json]
    statement_digest: str
    strength: str
    now: datetime


@transaction.atomic(durable=True)
def decide_step(
    *,
    actor: Actor,
    step_id: UUID,
    words: Words,
    seen: Mapping[str, Any],
    proof: Reauthentication | None,
) -> Decision:
    """Record what ``actor`` says at a step, and end the case when that was the last word needed.

    ``seen`` is the approval statement as it was read; ``Moved`` (412) names what changed since.
    Raises ``NotPermitted`` for tokens, builders and whoever spoke in another part, ``Conflict``
    when the step is not open or the person has spoken, ``RuleBroken`` for words against the rules.
    """
    case, step = _locked(actor, step_id)
    now = timezone.now()
    if step.state != StepState.OPEN or step.round != case.round:
        raise Conflict("step-not-open", "This step is not open; read the case again.")
    strength = check_proof(proof, actor.id, now)
    gate = gates.of_case(case, now)
    statement, seen_as = _same_statement(actor, case, step, gate, seen)
    _check_words(case, step, gate, words, now)
    saying = _Saying(actor, case, step, words, gate, statement, seen_as, strength.value, now)
    _take_part(saying)
    decision = _keep(saying)
    _move_on(saying)
    return decision


def _locked(actor: Actor, step_id: UUID) -> tuple[ApprovalCase, Step]:
    case_id = Step.objects.filter(pk=step_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise Missing("not-found", "There is nothing here that you may see.")
    case = held_case(case_id)
    step: Step = Step.objects.get(pk=step_id)
    require_speaker(actor, case, step)
    return case, step


def _same_statement(
    actor: Actor, case: ApprovalCase, step: Step, gate: gates.Reading, seen: Mapping[str, Any]
) -> tuple[dict[str, Json], str]:
    position = statement_rules.seen_position(seen)
    if not ledger_reading.stood_at(*position):
        raise RuleBroken("no-such-position", "The ledger never stood where this statement says.")
    now = statements.build(case, step, User.objects.get(pk=actor.id), gate, position)
    found = statement_rules.require_same(seen, now)
    statement_rules.require_recent(position[0], statements.last_told(case, step))
    return now, found


def _check_words(
    case: ApprovalCase, step: Step, gate: gates.Reading, words: Words, now: datetime
) -> None:
    rule = gate.rules.tier(case.tier)
    opposed = case.decisions.filter(
        round=case.round, step__kind=StepKind.OPINION, choice=Choice.AGAINST
    )
    bounds = Bounds(
        kind=StepKind(step.kind),
        gate_open=gate.answer.answer == "allow",
        curable=gate.answer.curable,
        missing=gates.refusal(gate.answer),
        opposed=opposed.count(),
        binding=_binding(case),
        today=now.date(),
        valid_until=workflow.end_of_validity(now.date(), rule.validity_months),
    )
    check_words(words, bounds)
    known = people.may_own_condition(case, {c.owner_id for c in words.conditions})
    if any(condition.owner_id not in known for condition in words.conditions):
        told = "A condition's owner must be somebody who works in this team or for all teams."
        raise RuleBroken("bad-owner", told, errors={"conditions": [told]})


def _binding(case: ApprovalCase) -> int:
    rows = Condition.objects.filter(case=case, decision__round=case.round)
    return int(rows.filter(decision__choice__in=IN_FAVOUR).count())


def _take_part(saying: _Saying) -> None:
    """The unique row is what makes two parts impossible, whatever the checks above would miss."""
    try:
        with transaction.atomic():
            Participant.objects.create(
                case=saying.case,
                round=saying.case.round,
                person_id=saying.actor.id,
                capacity=CAPACITIES[StepKind(saying.step.kind)],
            )
    except IntegrityError as error:
        raise Conflict("said-already", "You have already taken part in this round.") from error


def _keep(saying: _Saying) -> Decision:
    case, step, words = saying.case, saying.step, saying.words
    meaning = MEANINGS[StepKind(step.kind)]
    key = new_id()
    body: dict[str, Json] = {
        "step": str(step.pk),
        "decision": str(key),
        "kind": step.kind,
        "role": step.role,
        "choice": words.choice.value,
        "reason_digest": digest(words.reason.strip()),
        "override_digest": digest(words.override.strip()) if words.override.strip() else None,
        "statement_digest": saying.statement_digest,
        "meaning": meaning.value,
        "strength": saying.strength,
        "conditions": [
            {"text_digest": digest(c.text.strip()), "owner": str(c.owner_id), "due": str(c.due_on)}
            for c in words.conditions
        ],
    }
    seq = record(saying.actor, Kind.STEP_DECIDED, case, body)
    decision: Decision = Decision.objects.create(
        pk=key,
        step=step,
        case=case,
        round=case.round,
        person_id=saying.actor.id,
        role=step.role,
        choice=words.choice,
        reason=words.reason.strip(),
        override=words.override.strip(),
        statement=saying.statement,
        statement_digest=saying.statement_digest,
        meaning=meaning.value,
        strength=saying.strength,
        ledger_seq=seq,
    )
    Condition.objects.bulk_create(
        Condition(
            case=case,
            decision=decision,
            text=condition.text.strip(),
            owner_id=condition.owner_id,
            due_on=condition.due_on,
        )
        for condition in words.conditions
    )
    return decision


def _move_on(saying: _Saying) -> None:
    case, step, now = saying.case, saying.step, saying.now
    case.state = workflow.after(case.state, Act.SPEAK)
    case.save(update_fields=["state"])
    choices = list(step.decisions.values_list("choice", flat=True))
    if not workflow.quorum_met(step.kind, step.quorum, choices):
        return
    step.state, step.closed_at = StepState.DONE, now
    step.save(update_fields=["state", "closed_at"])
    rules = saying.gate.rules.tier(case.tier).steps
    steps = {row.position: row for row in case.steps.filter(round=case.round)}
    following = workflow.next_open([(p, row.state) for p, row in steps.items()])
    rejected = step.kind == StepKind.DECISION and Choice.AGAINST in choices
    if following is not None and not rejected:
        open_step(steps[following], rules[following], now)
        return
    _end(saying)


def _end(saying: _Saying) -> None:
    case, now = saying.case, saying.now
    decided = case.decisions.filter(round=case.round, step__kind=StepKind.DECISION)
    act = workflow.outcome_of(list(decided.values_list("choice", flat=True)), _binding(case))
    case.state, case.decided_at = workflow.after(case.state, act), now
    case.outcome_note = saying.words.reason.strip()
    if act != Act.REJECT:
        months = saying.gate.rules.tier(case.tier).validity_months
        case.valid_until = workflow.end_of_validity(now.date(), months)
    case.save(update_fields=["state", "decided_at", "outcome_note", "valid_until"])
    waiting = case.steps.filter(round=case.round, state__in=[StepState.WAITING, StepState.OPEN])
    waiting.update(state=StepState.SKIPPED, closed_at=now)
    kind = Kind.CASE_REJECTED if act == Act.REJECT else Kind.CASE_APPROVED
    body: dict[str, Json] = {
        "outcome": case.state,
        "version": str(case.version_id),
        "content_digest": case.content_digest,
        "use_digest": case.use_digest,
        "statement_digest": saying.statement_digest,
        "valid_until": str(case.valid_until) if case.valid_until else None,
        "conditions": _binding(case),
    }
    record(saying.actor, kind, case, body)
