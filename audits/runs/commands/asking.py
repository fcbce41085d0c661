"""What people do: ask for a run, and no longer want it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audits.engine.plan import Plan
from audits.runs import rules
from audits.runs.commands.steps import log, subject_of
from audits.runs.kinds import EXECUTE, OPEN_STATES, QUEUE, Action, Kind, RunState
from audits.runs.models import AuditRun, CheckRun
from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.numbers import next_number
from governance.policies.models import PolicyVersion
from governance.policies.rules import Policy, Tiering, facts_of, tier_of
from inventory.catalog.kinds import Inspection
from inventory.catalog.models import DatasetVersion, ModelVersion


@dataclass(frozen=True, slots=True)
class Planned:
    """What would run, before anybody asked for it."""

    plan: Plan
    policy: Policy
    policy_version: PolicyVersion
    tiering: Tiering


def plan_run(
    *, version: ModelVersion, reference: DatasetVersion, current: DatasetVersion
) -> Planned:
    """Work out the plan without writing anything; raises ``RuleBroken`` as ``request_run`` does."""
    policy_version = PolicyVersion.objects.in_force()
    policy = policy_version.policy
    tiering = tier_of(policy, facts_of(version.model))
    artifact = version.artifact
    model = rules.ModelFacts(
        artifact.digest,
        artifact.format,
        artifact.inspection_note if artifact.inspection == Inspection.UNREADABLE else "",
        version.signature,
    )
    plan = rules.build_plan(policy, tiering.tier, model, _facts(reference), _facts(current))
    return Planned(plan, policy, policy_version, tiering)


@transaction.atomic(durable=True)
def request_run(
    *, actor: Actor, version_id: UUID, reference_id: UUID, current_id: UUID
) -> AuditRun:
    """Queue the checks that the policy in force demands of a version on two datasets.

    While an identical plan of the version waits or runs, that run is returned and nothing written.
    Raises ``Missing``, ``NotPermitted``, or ``RuleBroken`` with the columns that the data lack.
    """
    version = ModelVersion.objects.get_visible(actor, version_id)
    permissions.require(actor, Permission.RUN_REQUEST, version, view=Permission.MODEL_VIEW)
    datasets = DatasetVersion.objects.select_related("dataset")
    reference = datasets.get_visible(actor, reference_id)
    current = datasets.get_visible(actor, current_id)
    # One request for a version at a time: two that ask for the same get the same run.
    version = ModelVersion.objects.select_related("model__use_case", "artifact").locked(version.pk)
    planned = plan_run(version=version, reference=reference, current=current)
    same = AuditRun.objects.filter(
        version=version, plan_digest=planned.plan.digest(), state__in=OPEN_STATES
    ).first()
    return same or _create(actor, planned, version, reference, current)


@transaction.atomic(durable=True)
def cancel_run(*, actor: Actor, run_id: UUID) -> AuditRun:
    """End a waiting run at once; ask the worker of a running one to stop it (about a second).

    Asking twice changes nothing. Raises ``Conflict`` when the run is over.
    """
    run = AuditRun.objects.locked(AuditRun.objects.get_visible(actor, run_id).pk)
    permissions.require(actor, Permission.RUN_CANCEL, run, view=Permission.RUN_VIEW)
    state = rules.next_state(run.state, Action.CANCEL)
    now = timezone.now()
    if run.cancel_requested_at is not None:
        return run
    run.cancel_requested_at = now
    if run.state == RunState.QUEUED:
        run.state, run.finished_at = state, now
        run.reason = "Cancelled before it began."
    run.save(update_fields=["cancel_requested_at", "state", "finished_at", "reason"])
    over = run.state == RunState.CANCELLED
    log(run, "Cancelled." if over else "Asked to stop.")
    kind = Kind.RUN_CANCELLED if over else Kind.RUN_CANCEL_ASKED
    ledger.append(actor=actor, kind=kind, subject=subject_of(run), body={"attempt": run.attempt})
    return run


def _facts(data: DatasetVersion) -> rules.DataFacts:
    return rules.DataFacts(
        name=str(data),
        digest=data.digest,
        format=data.format,
        unreadable=data.inspection_note if data.inspection == Inspection.UNREADABLE else "",
        columns=tuple(column["name"] for column in data.columns),
    )


def _create(
    actor: Actor,
    planned: Planned,
    version: ModelVersion,
    reference: DatasetVersion,
    current: DatasetVersion,
) -> AuditRun:
    run = AuditRun.objects.create(
        number=next_number("run"),
        version=version,
        reference=reference,
        current=current,
        policy=planned.policy_version,
        tier=planned.tiering.tier,
        tier_reasons=[reason.to_json() for reason in planned.tiering.reasons],
        plan=planned.plan.to_json(),
        plan_digest=planned.plan.digest(),
        requested_by_id=actor.id,
        sent_at=timezone.now(),
    )
    checks = _create_checks(run, planned, current.rows)
    log(run, f"Requested: {len(checks)} checks for tier {run.tier}.")
    body = _asked_for(run, planned.plan, checks)
    ledger.append(actor=actor, kind=Kind.RUN_REQUESTED, subject=subject_of(run), body=body)
    enqueue(EXECUTE, str(run.pk), queue=QUEUE)
    return run


def _asked_for(run: AuditRun, plan: Plan, checks: Sequence[CheckRun]) -> dict[str, Json]:
    return {
        "number": run.number,
        "version": str(run.version_id),
        **{ref.role: ref.digest for ref in plan.data},
        "policy": plan.policy,
        "tier": run.tier,
        "plan": run.plan_digest,
        "evidence": [check.number for check in checks],
    }


def _create_checks(run: AuditRun, planned: Planned, rows: int | None) -> Sequence[CheckRun]:
    titles = {check.check: check.title for check in planned.policy.checks}
    ids = [spec.check for spec in planned.plan.checks]
    former = CheckRun.objects.durations(ids)
    return CheckRun.objects.bulk_create(
        CheckRun(
            number=next_number("evidence"),
            run=run,
            position=position,
            check_id=check,
            title=titles[check],
            expected_seconds=rules.expected_seconds(
                rows, [(n, seconds) for name, n, seconds in former if name == check]
            ),
        )
        for position, check in enumerate(ids)
    )
