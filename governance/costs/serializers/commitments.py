"""Commitments as the API gives them. Amounts are text."""

from typing import Any

from rest_framework import serializers

from governance.costs.kinds import TermState
from governance.costs.presentation.commitments import Shown


class CommitmentSerializer(serializers.Serializer[Any]):
    """``bought`` (billed) and ``used`` (effective) over all published months."""

    id = serializers.UUIDField()
    commitment = serializers.CharField(help_text="What lines call CommitmentDiscountId.")
    contract = serializers.CharField(allow_blank=True)
    issuer = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after the last.")
    currency = serializers.CharField()
    cost = serializers.CharField(allow_blank=True, help_text="Of all of it, as stated.")
    bought = serializers.CharField()
    used = serializers.CharField()
    state = serializers.ChoiceField(TermState.choices)
    detail = serializers.CharField(help_text="How it stands, in words.")
    batch = serializers.CharField(help_text="The batch that states it.")


_PLAIN = ("id", "commitment", "contract", "issuer", "description", "start", "end", "currency")


def commitment(one: Shown) -> dict[str, Any]:
    return {
        **{name: getattr(one.row, name) for name in _PLAIN},
        "cost": one.cost,
        "bought": one.bought,
        "used": one.used,
        "state": one.finding.state,
        "detail": one.finding.words,
        "batch": one.row.batch.public_id,
    }
