"""The approval statement: what somebody puts their name under, read from the rows.

It holds no time of day: rebuilt a second later from the same rows it is the same, byte for byte,
and when any row behind it moves, its digest moves.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from governance.access.models import User
from governance.approvals.kinds import MEANINGS, Kind, StepKind, StepState
from governance.approvals.querysets import gates
from governance.approvals.rules.statements import FORMAT
from governance.kernel.canonical import Json, digest
from governance.ledger.proofs import head_position
from governance.ledger.reading import history
from governance.policies.rules import GateAnswer

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase, Evidence, Step


@dataclass(frozen=True, slots=True)
class Presented:
    """A statement as it is shown: ``digest`` is what a decision on it must name.

    ``at`` is the ledger's size and head as they stand on it.
    """

    step: "Step"
    gate: gates.Reading
    statement: dict[str, Json]
    digest: str
    at: tuple[int, str]


def present(
    case: "ApprovalCase", person_id: UUID, at: tuple[int, str] | None = None
) -> Presented | None:
    """Return the statement of the case's open step for this person; None when no step is open.

    ``case`` comes from ``whole()``, so that nothing is read row by row. ``at`` is where the ledger
    stood when the statement was read, None for now.
    """
    step = case.steps.filter(round=case.round, state=StepState.OPEN).first()
    if step is None:
        return None
    gate = gates.of_case(case, timezone.now())
    signer = User.objects.get(pk=person_id)
    at = at or head_position()
    statement = build(case, step, signer, gate, at)
    return Presented(step, gate, statement, digest(statement), at)


def build(
    case: "ApprovalCase", step: "Step", signer: User, reading: gates.Reading, seen: tuple[int, str]
) -> dict[str, Json]:
    """Return the statement of ``step`` for ``signer``; ``seen`` is the ledger as displayed."""
    evidence = evidence_list(case)
    meaning = MEANINGS[StepKind(step.kind)]
    return {
        "format": FORMAT,
        "case": {
            "id": str(case.pk),
            "number": case.public_id,
            "action": case.action,
            "round": case.round,
            "request_digest": digest(case.request),
        },
        "step": {"id": str(step.pk), "kind": step.kind, "position": step.position},
        "version": _version(case),
        "use": case.version.model.use(),
        "artifact": case.version.artifact.digest,
        "data": _data(case),
        "run": _run(case),
        "evidence": {"set_digest": digest(evidence), "items": evidence},
        "policy": {
            "id": str(case.policy_id),
            "name": str(case.policy),
            "digest": case.policy.digest,
        },
        "tier": reading.tiering.tier,
        "gate": gate_json(reading.answer),
        "opinions": _earlier(case, step),
        "signer": {"id": str(signer.pk), "name": signer.name, "role": step.role},
        "meaning": {"name": meaning.value, "text": meaning.label},
        "ledger": {"size": seen[0], "head": seen[1]},
    }


def last_told(case: "ApprovalCase", step: "Step") -> int:
    """Return the number of the last event about the case that a statement of ``step`` must know.

    Voices in the same step are given side by side and do not make each other's statement old.
    """
    for event in history([case.pk]):
        if event.kind != Kind.STEP_DECIDED or event.body.get("step") != str(step.pk):
            return event.seq
    return 0


def evidence_list(case: "ApprovalCase") -> list[Json]:
    """Return the evidence of the present round with the verdicts and digests on record now."""
    rows = case.evidence.filter(round=case.round).select_related("check_run")
    return [_item(row) for row in rows.order_by("check_run__position")]


def gate_json(answer: GateAnswer) -> dict[str, Json]:
    """Return the answer without its wording, which may count days."""
    reasons: list[Json] = [
        {
            "rule": reason.rule,
            "answer": str(reason.answer),
            "evidence": list(reason.evidence),
            "curable": reason.curable,
        }
        for reason in answer.reasons
    ]
    return {"answer": str(answer.answer), "curable": answer.curable, "reasons": reasons}


def _item(row: "Evidence") -> dict[str, Json]:
    check = row.check_run
    return {
        "id": check.public_id,
        "check_run": str(check.pk),
        "check": check.check_id,
        "verdict": check.verdict,
        "outcome_digest": check.outcome_digest,
        "attached_digest": row.outcome_digest,
    }


def _version(case: "ApprovalCase") -> dict[str, Json]:
    version = case.version
    return {
        "id": str(version.pk),
        "model": version.model.public_id,
        "name": version.model.name,
        "number": version.number,
        "content_digest": version.content_digest(),
    }


def _data(case: "ApprovalCase") -> dict[str, Json]:
    training, run = case.version.training_data, case.run
    return {
        "training": training.digest if training else None,
        "reference": run.reference.digest if run else None,
        "current": run.current.digest if run else None,
    }


def _run(case: "ApprovalCase") -> dict[str, Json] | None:
    run = case.run
    if run is None:
        return None
    return {
        "id": str(run.pk),
        "number": run.public_id,
        "plan_digest": run.plan_digest,
        "results_digest": run.results_digest,
    }


def _earlier(case: "ApprovalCase", step: "Step") -> list[Json]:
    rows: Any = case.decisions.filter(round=case.round, step__position__lt=step.position)
    return [
        {
            "id": str(row.pk),
            "choice": row.choice,
            "reason_digest": digest(row.reason),
            "statement_digest": row.statement_digest,
            "conditions": [
                {"text_digest": digest(c.text), "owner": str(c.owner_id), "due": str(c.due_on)}
                for c in row.conditions.order_by("due_on", "id")
            ],
        }
        for row in rows.order_by("decided_at", "id")
    ]
