"""States and event kinds of policies."""

from django.db.models import TextChoices

from inventory.catalog import kinds as catalog


class PolicyState(TextChoices):
    EFFECTIVE = "effective", "In force"
    SUPERSEDED = "superseded", "Superseded"


class Kind(TextChoices):
    POLICY_INSTALLED = "policies.policy.installed"


class Answer(TextChoices):
    """What a gate says. Only ALLOW opens it."""

    ALLOW = "allow", "Allow"
    REFUSE = "refuse", "Refuse"
    NEEDS_EVIDENCE = "needs evidence", "Needs evidence"


APPROVE_USE = "approve-use"  # the gate in front of an approval (G3/G4)
# The facts that tiers are found from; personal_data is yes or no.
FACTS: dict[str, type[TextChoices]] = {
    "exposure": catalog.Exposure,
    "purpose": catalog.Purpose,
    "autonomy": catalog.Autonomy,
    "reach": catalog.Reach,
    "complexity": catalog.Complexity,
}


def fact_label(name: str, value: str) -> str:
    """Return a fact's value as people say it; unknown ones as they are."""
    choices = FACTS.get(name)
    known = dict(choices.choices) if choices else {}
    return str(known.get(value, value))


DEFAULT_KEY = "model-risk"
