"""What an hour of checking costs, as the API takes and gives it."""

from typing import Any

from rest_framework import serializers

from governance.costs.serializers.amounts import AmountField
from governance.kernel.money import to_text
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]


class ComputeRateCreate(_Body):
    start = serializers.DateField(help_text="From this day on.")
    currency = serializers.CharField(min_length=3, max_length=3)
    amount = AmountField(help_text="For an hour on a worker.")
    origin = serializers.CharField(max_length=200, help_text="Where it comes from.")


class ComputeRateSerializer(ComputeRateCreate):
    id = serializers.UUIDField()
    recorded_at = serializers.DateTimeField()


_PLAIN = ("id", "start", "currency", "origin", "recorded_at")


def _rate(row: Shown) -> Shown:
    return {name: row[name] for name in _PLAIN} | {"amount": to_text(row["amount"])}


COMPUTE_RATE = Reading((*_PLAIN, "amount"), _rate)
