"""Opening, feeding, submitting and withdrawing a case."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audits.runs.kinds import RunState
from audits.runs.models import AuditRun
from governance.access import permissions
from governance.access.kinds import Permission
from governance.approvals.commands.shared import locked_case, open_step, record
from governance.approvals.kinds import OPEN_STATES, Act, Capacity, CaseState, Kind, StepState
from governance.approvals.models import ApprovalCase, Evidence, Participant, Step
from governance.approvals.querysets import gates, independence, statements
from governance.approvals.rules import workflow
from governance.approvals.rules.words import MAX_TEXT
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger.numbers import next_number
from governance.policies.kinds import APPROVE_USE
from governance.policies.models import PolicyVersion
from inventory.catalog.models import ModelVersion


@transaction.atomic(durable=True)
def open_case(
    *, actor: Actor, version_id: UUID, request: str, action: str = APPROVE_USE
) -> ApprovalCase:
    """Ask that a version may be used. Takes up the newest completed run when there is one.

    Raises ``Conflict`` when a case about this is open already, ``RuleBroken`` without a reason.
    """
    version = ModelVersion.objects.select_related("model__use_case").get_visible(actor, version_id)
    permissions.require(actor, Permission.CASE_OPEN, version, view=Permission.MODEL_VIEW)
    _check_request(request, action)
    policy = PolicyVersion.objects.in_force()
    tiering = gates.tiering_of(version, policy)
    try:
        with transaction.atomic():
            case = ApprovalCase.objects.create(
                number=next_number("case"),
                version=version,
                action=action,
                policy=policy,
                tier=tiering.tier,
                tier_reasons=[reason.to_json() for reason in tiering.reasons],
                request=request.strip(),
                opened_by_id=actor.id,
            )
    except IntegrityError as error:
        raise _open_already(version, action) from error
    body: dict[str, Json] = {
        "case": case.public_id,
        "version": str(version.pk),
        "action": action,
        "policy": policy.digest,
        "tier": tiering.tier,
        "request_digest": digest(case.request),
    }
    record(actor, Kind.CASE_OPENED, case, body)
    run = gates.newest_run(version)
    if run is not None and run.state == RunState.COMPLETED:
        _attach(actor, case, run)
    return case


@transaction.atomic(durable=True)
def attach_evidence(*, actor: Actor, run_id: UUID) -> ApprovalCase | None:
    """Let the draft case about a run's version take up the version's newest completed run.

    Done by the service when a run completes; the same again changes nothing. Returns the case, if
    there is one.
    """
    permissions.require_service(actor)
    run = AuditRun.objects.select_related("version").filter(pk=run_id).first()
    if run is None:
        return None
    drafts = ApprovalCase.objects.filter(version=run.version, state=CaseState.DRAFT)
    case: ApprovalCase | None = drafts.whole().select_for_update(of=("self",)).first()
    newest = gates.newest_run(run.version)
    if case is not None and newest is not None and newest.state == RunState.COMPLETED:
        _attach(actor, case, newest)
    return case


@transaction.atomic(durable=True)
def submit_case(*, actor: Actor, case_id: UUID) -> ApprovalCase:
    """Hand a draft to its reviewers.

    Binds it to the policy in force, the tier of today and the newest completed run; raises
    ``RuleBroken`` while there is no such run.
    """
    case = locked_case(actor, case_id, Permission.CASE_OPEN)
    state, now = workflow.after(case.state, Act.SUBMIT), timezone.now()
    _attach(actor, case, _run_behind(case.version))
    case.policy = PolicyVersion.objects.in_force()
    reading = gates.of_case(case, now)
    case.state, case.submitted_at, case.tier = state, now, reading.tiering.tier
    case.submitted_by_id = actor.id
    case.tier_reasons = [reason.to_json() for reason in reading.tiering.reasons]
    case.content_digest = case.version.content_digest()
    case.use_digest = case.version.model.use_digest()
    case.gate = reading.answer.to_json()
    case.save()
    built = sorted(independence.builders(case))
    Participant.objects.bulk_create(
        Participant(case=case, round=case.round, person_id=person, capacity=Capacity.BUILT)
        for person in built
    )
    _lay_steps(case, reading, now)
    record(actor, Kind.CASE_SUBMITTED, case, _submitted(case, reading, built))
    return case


@transaction.atomic(durable=True)
def withdraw_case(*, actor: Actor, case_id: UUID, reason: str) -> ApprovalCase:
    """Take back an open case. What was said in it stays on record."""
    case = locked_case(actor, case_id, Permission.CASE_WITHDRAW)
    state = workflow.after(case.state, Act.WITHDRAW)
    _require_text("reason", reason, "Say why the case is withdrawn.")
    case.state, case.decided_at = state, timezone.now()
    case.outcome_note = reason.strip()
    case.save(update_fields=["state", "decided_at", "outcome_note"])
    pending = case.steps.filter(state__in=[StepState.WAITING, StepState.OPEN])
    pending.update(state=StepState.SKIPPED, closed_at=case.decided_at)
    record(actor, Kind.CASE_WITHDRAWN, case, {"reason_digest": digest(case.outcome_note)})
    return case


def _run_behind(version: ModelVersion) -> AuditRun:
    run = gates.newest_run(version)
    if run is None:
        raise RuleBroken(
            "no-evidence", "No completed audit run stands behind this version; request one first."
        )
    if run.state != RunState.COMPLETED:
        told = f"{run.public_id}, the newest audit run, could not be carried out; request another."
        raise RuleBroken("evidence-failed", told)
    return run


def _attach(actor: Actor, case: ApprovalCase, run: AuditRun) -> None:
    if case.run_id == run.pk:
        return
    workflow.after(case.state, Act.ATTACH)
    case.run = run
    case.save(update_fields=["run"])
    Evidence.objects.filter(case=case, round=case.round).delete()
    Evidence.objects.bulk_create(
        Evidence(case=case, round=case.round, check_run=check, outcome_digest=check.outcome_digest)
        for check in run.checks.order_by("position")
    )
    evidence = statements.evidence_list(case)
    body: dict[str, Json] = {
        "run": str(run.pk),
        "results_digest": run.results_digest,
        "evidence_set_digest": digest(evidence),
        "evidence": [item["id"] for item in evidence if isinstance(item, dict)],
    }
    record(actor, Kind.EVIDENCE_ATTACHED, case, body)


def _lay_steps(case: ApprovalCase, reading: gates.Reading, now: datetime) -> None:
    rules = reading.rules.tier(case.tier).steps
    steps = [
        Step(
            case=case,
            round=case.round,
            position=position,
            kind=rule.kind,
            role=rule.role,
            quorum=rule.quorum,
            state=StepState.WAITING,
        )
        for position, rule in enumerate(rules)
    ]
    Step.objects.bulk_create(steps)
    open_step(steps[0], rules[0], now)


def _submitted(case: ApprovalCase, reading: gates.Reading, built: list[UUID]) -> dict[str, Json]:
    return {
        "run": str(case.run_id),
        "policy": case.policy.digest,
        "tier": case.tier,
        "content_digest": case.content_digest,
        "use_digest": case.use_digest,
        "evidence_set_digest": digest(statements.evidence_list(case)),
        "gate": statements.gate_json(reading.answer),
        "built_by": [str(person) for person in built],
    }


def _check_request(request: str, action: str) -> None:
    if action != APPROVE_USE:
        raise RuleBroken(
            "unknown-action",
            f"A case can ask for {APPROVE_USE!r}.",
            errors={"action": [f"A case can ask for {APPROVE_USE!r}."]},
        )
    _require_text("request", request, "Say what is asked for, and why.")


def _require_text(name: str, text: str, demand: str) -> None:
    if not text.strip():
        raise RuleBroken(f"{name}-needed", demand, errors={name: [demand]})
    if len(text) > MAX_TEXT:
        long = f"Keep it under {MAX_TEXT:,} characters."
        raise RuleBroken(f"{name}-too-long", long, errors={name: [long]})


def _open_already(version: ModelVersion, action: str) -> Conflict:
    known = ApprovalCase.objects.filter(version=version, action=action, state__in=OPEN_STATES)
    named = known.first()
    about = f" ({named.public_id})" if named else ""
    return Conflict("case-open", f"A case about this version is open already{about}.")
