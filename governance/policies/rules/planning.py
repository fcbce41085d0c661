"""Which checks a tier demands of a kind of model."""

from audits.engine.plan import CheckSpec
from governance.policies.rules.document import Check, Policy, Requirement


def requirements(
    policy: Policy, tier: int, task: str, *, has_protected: bool
) -> tuple[tuple[Check, Requirement], ...]:
    """Return what is demanded, in the policy's order."""
    return tuple(
        (check, check.tiers[tier])
        for check in policy.checks
        if tier in check.tiers and task in check.tasks and (check.when == "always" or has_protected)
    )


def plan_checks(
    policy: Policy, tier: int, task: str, *, has_protected: bool
) -> tuple[CheckSpec, ...]:
    """Return the checks to carry out, with the thresholds of this tier."""
    return tuple(
        CheckSpec(check.check, dict(requirement.parameters))
        for check, requirement in requirements(policy, tier, task, has_protected=has_protected)
    )
