"""What a policy says, worked out from its text alone: no database, no clock, no network."""

from governance.policies.rules.document import (
    Check,
    Effect,
    Factor,
    Policy,
    Requirement,
    Source,
    Step,
    Tier,
)
from governance.policies.rules.gates import CheckResult, GateAnswer, GateFacts, Reason, gate
from governance.policies.rules.planning import plan_checks, requirements
from governance.policies.rules.reading import parse, policy_from_document
from governance.policies.rules.tiering import Facts, Point, Tiering, facts_of, tier_of

__all__ = [
    "Check",
    "CheckResult",
    "Effect",
    "Factor",
    "Facts",
    "GateAnswer",
    "GateFacts",
    "Point",
    "Policy",
    "Reason",
    "Requirement",
    "Source",
    "Step",
    "Tier",
    "Tiering",
    "facts_of",
    "gate",
    "parse",
    "plan_checks",
    "policy_from_document",
    "requirements",
    "tier_of",
]
