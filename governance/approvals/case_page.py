"""One case as its page shows it, read once and worked out outside the templates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from audits.engine.outcome import Verdict
from audits.runs.models import CheckRun
from governance.access.kinds import Permission, Role
from governance.access.models import User
from governance.access.permissions import can
from governance.access.querysets import names_of
from governance.access.rules import is_person
from governance.approvals.kinds import (
    OPEN_STATES,
    Capacity,
    CaseState,
    Choice,
    Kind,
    StepKind,
)
from governance.approvals.models import ApprovalCase, Evidence, Step
from governance.approvals.permissions import require_speaker
from governance.approvals.querysets import gates, independence, statements
from governance.kernel.actor import Actor
from governance.kernel.canonical import canonical
from governance.kernel.errors import DomainError
from governance.ledger import reading
from governance.policies.kinds import Answer
from governance.policies.models import PolicyVersion
from governance.policies.rules import Reason

TOLD: Mapping[str, str] = {
    Kind.CASE_OPENED: "Case opened",
    Kind.EVIDENCE_ATTACHED: "Evidence attached",
    Kind.CASE_SUBMITTED: "Submitted to the reviewers",
    Kind.STEP_DECIDED: "Spoken",
    Kind.CASE_APPROVED: "Approved",
    Kind.CASE_REJECTED: "Rejected",
    Kind.CASE_WITHDRAWN: "Withdrawn",
    Kind.CONDITION_MET: "Condition met",
}

_GRAVITY = (Choice.AGAINST, Choice.CONDITIONAL, Choice.FAVOUR, Choice.ABSTAIN)


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    seq: int
    at: Any
    title: str
    who: str


def page_of(case: ApprovalCase, actor: Actor) -> dict[str, Any]:
    """Return what the template of a case needs; ``case`` comes from ``whole()``."""
    presented = statements.present(case, actor.id)
    gate = presented.gate if presented else _gate(case)
    evidence = _evidence(case)
    events = reading.history([case.pk])
    names = names_of({event.actor_id for event in events})
    refused = _refusal(case, presented.step, actor) if presented else ""
    return {
        "case": case,
        **gate_part(gate),
        "presented": presented,
        "statement_text": _text(presented) if presented else "",
        "can_speak": presented is not None and not refused,
        "refused": refused,
        "waiting_role": Role(presented.step.role).label if presented else "",
        "opposed": _opposed(case),
        "evidence": evidence,
        "tally": dict(Counter(row.check_run.verdict for row in evidence)),
        "steps": _steps(case),
        "people": _people(case),
        "conditions": list(case.conditions.select_related("owner", "met_by")),
        "standing": ApprovalCase.objects.standing(case.version_id),
        "timeline": [
            Happened(event.seq, event.ts, _told(event), names.get(event.actor_id, "the service"))
            for event in events
        ],
        "today": timezone.localdate(),
        "is_draft": case.state == CaseState.DRAFT,
        "may_submit": case.state == CaseState.DRAFT and can(actor, Permission.CASE_OPEN, case),
        "may_withdraw": case.state in OPEN_STATES and can(actor, Permission.CASE_WITHDRAW, case),
        "may_meet": is_person(actor) and can(actor, Permission.CONDITION_MEET, case),
    }


def _told(event: reading.Event) -> str:
    if event.kind != Kind.STEP_DECIDED:
        return TOLD.get(event.kind, event.kind)
    kind, choice = event.body.get("kind"), event.body.get("choice")
    if kind not in StepKind.values or choice not in Choice.values:
        return TOLD[Kind.STEP_DECIDED]
    return f"{StepKind(kind).label}: {Choice(choice).label.lower()}"


def _gate(case: ApprovalCase) -> gates.Reading | None:
    """For a draft ask under the policy in force today; else under the case's own."""
    now = timezone.now()
    try:
        if case.state == CaseState.DRAFT:
            run = gates.newest_run(case.version)
            return gates.read(case.version, PolicyVersion.objects.in_force(), run, now)
        return gates.of_case(case, now)
    except DomainError:
        return None


def gate_part(gate: gates.Reading | None) -> dict[str, Any]:
    """Return what ``_gate.html`` shows: each rule with the checks that it rests on."""
    rules = [_linked(reason, gate.checks) for reason in gate.answer.reasons] if gate else []
    return {
        "gate": gate,
        "against": [one for one in rules if one["reason"].answer != Answer.ALLOW],
        "met": [one for one in rules if one["reason"].answer == Answer.ALLOW],
    }


def _linked(reason: Reason, checks: Sequence[CheckRun]) -> dict[str, Any]:
    return {"reason": reason, "checks": [c for c in checks if c.public_id in reason.evidence]}


def _text(presented: statements.Presented) -> str:
    return canonical(presented.statement).decode()


def _evidence(case: ApprovalCase) -> list[Evidence]:
    """Return the evidence of the round, what did not pass first, then in the plan's order."""
    rows = case.evidence.filter(round=case.round).select_related("check_run")
    ordered = rows.order_by("check_run__position")
    return sorted(ordered, key=lambda row: row.check_run.verdict == Verdict.PASS)


def _refusal(case: ApprovalCase, step: Step, actor: Actor) -> str:
    """Return why this person cannot speak now, in plain words; nothing when they can."""
    try:
        require_speaker(actor, case, step)
    except DomainError as error:
        return error.message
    return ""


def _opposed(case: ApprovalCase) -> bool:
    said = case.decisions.filter(round=case.round, step__kind=StepKind.OPINION)
    return bool(said.filter(choice=Choice.AGAINST).exists())


def _steps(case: ApprovalCase) -> list[dict[str, Any]]:
    said = case.decisions.filter(round=case.round).select_related("person")
    spoken: dict[UUID, list[Any]] = {}
    for decision in said.prefetch_related("conditions__owner"):
        spoken.setdefault(decision.step_id, []).append(decision)
    return [
        {
            "step": step,
            "role": Role(step.role).label,
            "decisions": spoken.get(step.pk, []),
            "outcome": _outcome(step, spoken.get(step.pk, [])),
        }
        for step in case.steps.filter(round=case.round)
    ]


def _outcome(step: Step, decisions: list[Any]) -> str:
    """Return what a closed step came to, the gravest word first; of an open one, its state."""
    if step.closed_at is None or not decisions:
        return str(step.get_state_display())
    gravest = min(decisions, key=lambda one: _GRAVITY.index(one.choice))
    return str(gravest.get_choice_display())


def _people(case: ApprovalCase) -> list[dict[str, Any]]:
    """Return who takes part; before submission, who will count as having built."""
    parts = independence.parts(case)
    users = {user.pk: user for user in User.objects.filter(pk__in=parts)}
    order = [Capacity.BUILT.value, Capacity.VALIDATED.value, Capacity.DECIDED.value]
    known = sorted(parts.items(), key=lambda item: (order.index(item[1]), str(item[0])))
    return [
        {"person": users.get(key), "capacity": Capacity(capacity).label} for key, capacity in known
    ]
