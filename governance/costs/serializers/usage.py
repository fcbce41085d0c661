"""Usage as the API takes and gives it. Quantities are text, exact to 18 places."""

from typing import Any

from rest_framework import serializers

from governance.costs.kinds import UsageUnit
from governance.costs.rules.usage import MOST_ROWS
from governance.costs.serializers.facets import ModelFacets
from governance.kernel.money import to_text
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 400


class UsageQuery(ModelFacets):
    version = serializers.UUIDField(required=False)
    unit = serializers.ChoiceField(UsageUnit.choices, required=False)
    origin = serializers.CharField(max_length=100, required=False)
    day_from = serializers.DateField(required=False)
    day_to = serializers.DateField(required=False)
    all = serializers.BooleanField(
        required=False, default=False, help_text="Restated rows as well."
    )


class UsageRow(_Body):
    """All text, so that one bad row is refused by itself and not the whole delivery."""

    version = serializers.CharField(
        max_length=_LONG, help_text="A version's id, or MDL-00042/v3 as targets are called."
    )
    day = serializers.CharField(max_length=_LONG, help_text="2026-01-31")
    unit = serializers.CharField(max_length=_LONG, help_text=", ".join(UsageUnit.values))
    quantity = serializers.CharField(max_length=_LONG)
    origin = serializers.CharField(max_length=_LONG, help_text="Who counted it, e.g. gateway.")


class UsageCreate(_Body):
    rows = UsageRow(many=True, max_length=MOST_ROWS)  # type: ignore[call-arg]


class RefusedSerializer(_Body):
    row = serializers.IntegerField(help_text="Its place in the delivery, from 1.")
    why = serializers.ListField(child=serializers.CharField())


class RecordedSerializer(_Body):
    recorded = serializers.IntegerField(help_text="New rows, restating ones among them.")
    restated = serializers.IntegerField(help_text="Earlier rows that a new one speaks for now.")
    unchanged = serializers.IntegerField(help_text="Rows that were known already.")
    refused = RefusedSerializer(many=True)


class UsageSerializer(_Body):
    id = serializers.UUIDField()
    version = serializers.UUIDField()
    day = serializers.DateField()
    unit = serializers.ChoiceField(UsageUnit.choices)
    quantity = serializers.CharField()
    origin = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    restated_at = serializers.DateTimeField(allow_null=True)


_PLAIN = ("id", "day", "unit", "origin", "recorded_at", "restated_at")


def _usage(row: Shown) -> Shown:
    plain = {name: row[name] for name in _PLAIN}
    return {**plain, "version": row["version_id"], "quantity": to_text(row["quantity"])}


USAGE = Reading((*_PLAIN, "version_id", "quantity"), _usage)
