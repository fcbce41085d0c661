"""What a gate answers to a machine that asks before it goes on. Fails closed."""

from datetime import datetime
from typing import TYPE_CHECKING

from governance.approvals.kinds import USE
from governance.approvals.querysets import gates
from governance.approvals.rules.standing import Standing
from governance.kernel.canonical import Json
from governance.kernel.errors import DomainError, Missing
from governance.policies.kinds import APPROVE_USE, Answer
from governance.policies.models import PolicyVersion
from inventory.catalog.models import ModelVersion

if TYPE_CHECKING:
    from governance.approvals.querysets import ApprovalCaseQuerySet


def answer(
    cases: "ApprovalCaseQuerySet", version: ModelVersion, action: str, now: datetime
) -> dict[str, Json]:
    """Return the answer with each rule, the policy and the evidence.

    ``approve-use`` asks whether the evidence would carry an approval, ``use`` whether an approval
    is in force today. Raises ``Missing`` for another action: nothing unknown is ever allowed.
    """
    if action not in {APPROVE_USE, USE}:
        raise Missing("no-such-gate", f"There is no gate {action!r}.")
    body: dict[str, Json] = {
        "version": str(version.pk),
        "action": action,
        "answer": str(Answer.REFUSE),
        "curable": False,
        "tier": None,
        "policy": None,
        "policy_version": None,
        "run": None,
        "case": None,
        "valid_until": None,
        "reasons": [],
    }
    try:
        ask = _of_evidence(version, now) if action == APPROVE_USE else _of_use(cases, version)
    except DomainError as error:
        ask = {"reasons": [_reason(error.code, error.message, Answer.REFUSE)]}
    return body | ask


def _of_evidence(version: ModelVersion, now: datetime) -> dict[str, Json]:
    policy = PolicyVersion.objects.in_force()
    run = gates.newest_run(version)
    reading = gates.read(version, policy, run, now)
    body = reading.answer.to_json()
    return {**body, "policy_version": str(policy), "run": run.public_id if run else None}


def _of_use(cases: "ApprovalCaseQuerySet", version: ModelVersion) -> dict[str, Json]:
    standing = cases.standing(version.pk)
    allowed = Answer.ALLOW if standing.usable else Answer.REFUSE
    body: dict[str, Json] = {"answer": str(allowed), "reasons": _reasons(standing, allowed)}
    if standing.case_id is None:
        return body
    case = cases.select_related("policy", "run").get(pk=standing.case_id)
    return body | {
        "tier": case.tier,
        "policy": case.policy.digest,
        "policy_version": str(case.policy),
        "run": case.run.public_id if case.run else None,
        "case": case.public_id,
        "valid_until": str(standing.valid_until) if standing.valid_until else None,
    }


def _reasons(standing: Standing, answer: Answer) -> list[Json]:
    text = f"{standing.status.label}{f' by {standing.case}' if standing.case else ''}."
    told = [_reason("approval in force", text, answer)]
    return [*told, *(_reason("approval in force", reason, answer) for reason in standing.reasons)]


def _reason(rule: str, text: str, answer: Answer) -> Json:
    return {"rule": rule, "text": text, "answer": str(answer), "evidence": [], "curable": False}
