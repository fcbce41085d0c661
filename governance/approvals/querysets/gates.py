"""What the policy says today about a version: read from the rows, answered by the policy's rules.

The gate is asked in pages, in the API, when a case is submitted and once more under the row lock of
every decision, always through here. It fails closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from audits.engine.outcome import Verdict
from audits.runs.kinds import RunState
from audits.runs.models import AuditRun, CheckRun
from governance.approvals.kinds import OPEN_STATES
from governance.approvals.querysets import evidence
from governance.kernel.canonical import digest
from governance.policies import rules as policies
from governance.policies.kinds import Answer
from governance.policies.models import PolicyVersion
from inventory.catalog.models import ModelVersion

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Reading:
    """A version before the gate: the policy, the tier with its reasons, the run, the answer."""

    policy: PolicyVersion
    rules: policies.Policy
    tiering: policies.Tiering
    run: AuditRun | None
    checks: tuple[CheckRun, ...]
    answer: policies.GateAnswer


def tiering_of(version: ModelVersion, policy: PolicyVersion) -> policies.Tiering:
    return policies.tier_of(policy.policy, policies.facts_of(version.model))


def newest_run(version: ModelVersion) -> AuditRun | None:
    """Return the version's newest run that ended, completed or failed: a failure is not passed over
    in favour of an older run that went well.
    """
    ended = (RunState.COMPLETED, RunState.FAILED)
    runs = AuditRun.objects.filter(version=version, state__in=ended)
    found: AuditRun | None = runs.select_related("policy").order_by("finished_at", "id").last()
    return found


def read(
    version: ModelVersion,
    policy: PolicyVersion,
    run: AuditRun | None,
    now: datetime,
    attached: Mapping[UUID, str] | None = None,
) -> Reading:
    """Ask the gate of ``policy`` about ``version`` on the evidence of ``run``.

    ``attached`` holds the digests under which a case took up each check. Any other set of checks or
    digests than this, or than the ledger's event of the run's completion, closes the gate.
    """
    rules, tiering = policy.policy, tiering_of(version, policy)
    checks = tuple(run.checks.order_by("position")) if run else ()
    known = evidence.recorded(run)
    broken = _broken(checks, attached, known)
    outcomes = {check.check_id: _result(check, broken) for check in checks}
    answer = policies.gate(rules, tiering.tier, outcomes, _facts(version, run, now))
    if run is not None:
        faults = [*_of_binding(version, run, tiering.tier), *_of_rows(checks, broken, attached)]
        faults += evidence.of_run(run, checks, known)
        answer = _with_faults(answer, faults)
    return Reading(policy, rules, tiering, run, checks, answer)


def of_case(case: "ApprovalCase", now: datetime) -> Reading:
    """Ask the gate under the case's own policy, on the evidence that the case took up."""
    rows = case.evidence.filter(round=case.round)
    attached = dict(rows.values_list("check_run_id", "outcome_digest"))
    reading = read(case.version, case.policy, case.run, now, attached)
    return replace(reading, answer=_with_faults(reading.answer, _since_submitted(case)))


def refusal(answer: policies.GateAnswer) -> str:
    """Return in one line what keeps the gate closed."""
    return " ".join(reason.text for reason in answer.against)


def _broken(
    checks: Iterable[CheckRun],
    attached: Mapping[UUID, str] | None,
    known: Mapping[int, evidence.Recorded] | None,
) -> frozenset[UUID]:
    """Return the checks whose result on record is not the one that was found or taken up."""
    return frozenset(
        check.pk
        for check in checks
        if (check.outcome and digest(check.outcome) != check.outcome_digest)
        or (attached is not None and attached.get(check.pk) != check.outcome_digest)
        or (known is not None and known.get(check.number) != evidence.on_row(check))
    )


def _result(check: CheckRun, broken: frozenset[UUID]) -> policies.CheckResult:
    sound = check.pk not in broken and check.outcome and check.outcome["verdict"] == check.verdict
    return policies.CheckResult(check.verdict if sound else Verdict.ERROR, check.public_id)


def _facts(version: ModelVersion, run: AuditRun | None, now: datetime) -> policies.GateFacts:
    signature = version.signature
    age = None
    if run is not None and run.finished_at is not None:
        age = (now - run.finished_at).total_seconds() / _DAY
    return policies.GateFacts(
        task=signature["task"],
        has_protected=bool(signature.get("protected")),
        personal_data=version.model.use_case.personal_data,
        evidence_policy=run.policy.digest if run else None,
        evidence_age_days=age,
    )


def _of_binding(version: ModelVersion, run: AuditRun, tier: int) -> list[policies.Reason]:
    found = []
    if run.version_id != version.pk or run.plan["model"]["digest"] != version.artifact.digest:
        text = "The checks were carried out on other bytes than this version's artifact."
        found.append(policies.Reason("evidence artifact", text, Answer.REFUSE))
    if run.tier != tier:
        text = f"The checks were held to tier {run.tier}; this is tier {tier} now. Run them again."
        found.append(policies.Reason("evidence tier", text, Answer.NEEDS_EVIDENCE))
    return found


def _of_rows(
    checks: Iterable[CheckRun], broken: frozenset[UUID], attached: Mapping[UUID, str] | None
) -> list[policies.Reason]:
    reasons = [
        policies.Reason(
            "evidence intact",
            f"{check.title}: the result on record is not the one that was found.",
            Answer.REFUSE,
            (check.public_id,),
        )
        for check in checks
        if check.pk in broken
    ]
    if attached is not None and set(attached) - {check.pk for check in checks}:
        text = "The case took up checks that its run does not have."
        reasons.append(policies.Reason("evidence intact", text, Answer.REFUSE))
    return reasons


def _since_submitted(case: "ApprovalCase") -> list[policies.Reason]:
    """What reviewers were handed is what they judge: a change since then takes a new case.

    A run that ended since then is news as well, most of all one that went worse.
    """
    if not case.content_digest:
        return []
    version, told = case.version, []
    newest = newest_run(version) if case.state in OPEN_STATES else None
    if newest is not None and newest.pk != case.run_id:
        told.append(f"{newest.public_id} ended since the case was submitted; withdraw, ask again.")
    if version.content_digest() != case.content_digest:
        told.append("The version is no longer what was submitted; withdraw and ask again.")
    if version.model.use_digest() != case.use_digest:
        told.append("The intended use is no longer what was submitted; withdraw and ask again.")
    return [policies.Reason("as submitted", text, Answer.REFUSE) for text in told]


def _with_faults(answer: policies.GateAnswer, faults: list[policies.Reason]) -> policies.GateAnswer:
    if not faults:
        return answer
    reasons = (*faults, *answer.reasons)
    answers = {reason.answer for reason in reasons}
    worst = Answer.REFUSE if Answer.REFUSE in answers else Answer.NEEDS_EVIDENCE
    return policies.GateAnswer(worst, answer.tier, answer.policy, reasons)
