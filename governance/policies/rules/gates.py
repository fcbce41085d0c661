"""May this be approved on this evidence? Only a full set of passes allows; all else is said why.

The gate fails closed: a check that is missing, broke, is out of date or was held to another policy
is never an allow, and neither is anything that this code does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from audits.engine.outcome import Verdict
from governance.kernel.canonical import Json
from governance.policies.kinds import Answer
from governance.policies.rules.document import Check, Effect, Policy, Requirement
from governance.policies.rules.planning import requirements


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``evidence`` is the id that people quote (EVD-…)."""

    verdict: str
    evidence: str


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the answer depends on beside the verdicts.

    ``evidence_policy`` is the digest of the policy that the checks were held to, and
    ``evidence_age_days`` how old they are; both None when there is no run.
    """

    task: str
    has_protected: bool
    personal_data: bool
    evidence_policy: str | None
    evidence_age_days: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """``curable``: a conditional approval may stand in spite of it. ``rule`` is a stable name."""

    rule: str
    text: str
    answer: Answer
    evidence: tuple[str, ...] = ()
    curable: bool = False

    def to_json(self) -> dict[str, Json]:
        return {
            "rule": self.rule,
            "text": self.text,
            "answer": str(self.answer),
            "evidence": list(self.evidence),
            "curable": self.curable,
        }


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """``reasons`` that hold against it come first, what was met after them."""

    answer: Answer
    tier: int
    policy: str  # digest
    reasons: tuple[Reason, ...]

    @property
    def against(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.answer != Answer.ALLOW)

    @property
    def curable(self) -> bool:
        """Whether conditions may cure all that holds against it."""
        return self.answer != Answer.ALLOW and all(reason.curable for reason in self.against)

    def to_json(self) -> dict[str, Json]:
        return {
            "answer": str(self.answer),
            "tier": self.tier,
            "policy": self.policy,
            "curable": self.curable,
            "reasons": [reason.to_json() for reason in self.reasons],
        }


def gate(
    policy: Policy, tier: int, outcomes: Mapping[str, CheckResult], facts: GateFacts
) -> GateAnswer:
    """Answer for one version at ``tier``; ``outcomes`` are by check id. Odd input never allows."""
    demanded = requirements(policy, tier, facts.task, has_protected=facts.has_protected)
    reasons = [_of_check(check, need, outcomes.get(check.check)) for check, need in demanded]
    reasons += _of_evidence(policy, facts)
    reasons += _of_groups(policy, tier, facts)
    if not demanded:
        text = (
            f"The policy demands no check of a {facts.task} model in tier {tier}: nothing is shown."
        )
        reasons.append(Reason("checks", text, Answer.NEEDS_EVIDENCE))
    answers = {reason.answer for reason in reasons}
    worst = next(a for a in (Answer.REFUSE, Answer.NEEDS_EVIDENCE, Answer.ALLOW) if a in answers)
    order = {Answer.REFUSE: 0, Answer.NEEDS_EVIDENCE: 1, Answer.ALLOW: 2}
    reasons.sort(key=lambda reason: order[reason.answer])
    return GateAnswer(worst, tier, policy.digest, tuple(reasons))


def _of_check(check: Check, need: Requirement, found: CheckResult | None) -> Reason:
    rule, title = f"check {check.check}", check.title
    if found is None:
        return Reason(rule, f"{title}: not carried out.", Answer.NEEDS_EVIDENCE)
    evidence = (found.evidence,)
    if found.verdict == Verdict.PASS:
        return Reason(rule, f"{title}: passed.", Answer.ALLOW, evidence)
    if found.verdict == Verdict.FAIL:
        curable = need.failing is Effect.CONDITION
        text = f"{title}: failed; {_effect(curable)}."
        return Reason(rule, text, Answer.REFUSE, evidence, curable)
    if found.verdict == Verdict.INSUFFICIENT:
        curable = need.insufficient is Effect.CONDITION
        text = f"{title}: the data could not show it; {_effect(curable)}."
        return Reason(rule, text, Answer.NEEDS_EVIDENCE, evidence, curable)
    return Reason(
        rule,
        f"{title}: could not be carried out; it must be run again.",
        Answer.NEEDS_EVIDENCE,
        evidence,
    )


def _effect(curable: bool) -> str:  # noqa: FBT001
    return "only with a condition may this be approved" if curable else "this blocks an approval"


def _of_evidence(policy: Policy, facts: GateFacts) -> list[Reason]:
    if facts.evidence_policy is None or facts.evidence_age_days is None:
        return [
            Reason("evidence", "No completed audit run stands behind it.", Answer.NEEDS_EVIDENCE)
        ]
    reasons = []
    if facts.evidence_policy != policy.digest:
        text = "The checks were held to another policy version than this one; run them again."
        reasons.append(Reason("evidence policy", text, Answer.NEEDS_EVIDENCE))
    if not 0 <= facts.evidence_age_days <= policy.evidence_days:
        text = (
            f"The checks are {facts.evidence_age_days:.0f} days old; "
            f"evidence stays good for {policy.evidence_days} days."
        )
        reasons.append(Reason("evidence age", text, Answer.NEEDS_EVIDENCE))
    return reasons


def _of_groups(policy: Policy, tier: int, facts: GateFacts) -> list[Reason]:
    """Persons are judged and no group is named: silence about fairness is not fairness."""
    if facts.has_protected or not facts.personal_data:
        return []
    silent = [
        check
        for check in policy.checks
        if check.when == "protected" and tier in check.tiers and facts.task in check.tasks
    ]
    return [
        Reason(
            f"check {check.check}",
            f"{check.title}: personal data are used, and no protected column is declared.",
            Answer.NEEDS_EVIDENCE,
            curable=check.tiers[tier].insufficient is Effect.CONDITION,
        )
        for check in silent
    ]
