"""What a model is worth, and how long its versions are meant to be used, as the API gives it."""

from dataclasses import fields
from typing import Any

from rest_framework import serializers

from governance.costs.querysets.worth import ModelWorth, VersionWorth
from governance.costs.rules.lives import LONGEST, SHORTEST
from governance.costs.rules.value import Gain, Loaded, Range, Roi
from governance.costs.serializers.amounts import AmountField
from governance.kernel.money import text_or_none, to_text
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 20_000


class WorthQuery(_Body):
    start = serializers.DateField(help_text="The first day of the charges.")
    end = serializers.DateField(help_text="The day after the last.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["end"] <= attrs["start"]:
            raise serializers.ValidationError({"end": ["It lies before the first day."]})
        return attrs


class LoadedSerializer(_Body):
    """Every line that a cost in full is made of, and their sum."""

    training = AmountField(help_text="As the days bear it, over the planned life.")
    written_off = AmountField(help_text="What was left of training when the work ended.")
    validation = AmountField()
    serving = AmountField()
    monitoring = AmountField()
    labour = AmountField(help_text="Entered by hand, in whatever phase.")
    licences = AmountField(help_text="Entered by hand, in whatever phase.")
    unphased = AmountField(help_text="Charged to the model as a whole.")
    total = AmountField()


class RangeSerializer(_Body):
    low = AmountField()
    point = AmountField()
    high = AmountField()


class LifeSpanSerializer(_Body):
    days = serializers.IntegerField()
    end = serializers.DateField(help_text="The day after its last.")
    assumed = serializers.BooleanField(help_text="Nobody has stated it.")


class VersionWorthSerializer(_Body):
    version = serializers.UUIDField()
    number = serializers.IntegerField()
    life = LifeSpanSerializer()
    loaded = LoadedSerializer()
    left = AmountField(help_text="Training that days to come will bear.")
    cost_per_thousand = AmountField(allow_null=True, help_text="Of predictions.")
    reason = serializers.CharField(help_text="Why there is no cost of 1,000 predictions.")


class RoiSerializer(_Body):
    low = serializers.CharField(allow_null=True)
    point = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    reason = serializers.CharField(help_text="Why there is none.")


class GainSerializer(_Body):
    """``benefit`` holds attested claims by grade, which are never added up."""

    benefit = serializers.DictField(child=RangeSerializer(), help_text="By grade.")
    unattested = RangeSerializer(help_text="Claimed, in no total.")


class ModelWorthSerializer(GainSerializer):
    """In one currency."""

    currency = serializers.CharField()
    loaded = LoadedSerializer()
    versions = VersionWorthSerializer(many=True)
    use_case = GainSerializer(
        help_text="Claimed for the use case as a whole while it has other models; in no return."
    )
    roi = RoiSerializer(help_text="(benefit - cost in full) / cost in full.")


class WorthSerializer(_Body):
    items = ModelWorthSerializer(many=True)


def worth_body(found: list[ModelWorth]) -> dict[str, Any]:
    """Return a model's readings as JSON values."""
    return {"items": [_model(one) for one in found]}


def _model(one: ModelWorth) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "loaded": _loaded(one.loaded),
        "versions": [_version(version) for version in one.versions],
        **gain_body(one.own),
        "use_case": gain_body(one.whole),
        "roi": roi_body(one.roi),
    }


def gain_body(gain: Gain) -> dict[str, Any]:
    by_grade = gain.benefit.by_grade.items()
    return {
        "benefit": {grade.value: range_body(found) for grade, found in by_grade},
        "unattested": range_body(gain.unattested),
    }


def _version(one: VersionWorth) -> dict[str, Any]:
    units = one.unit_cost.units
    life = one.life
    return {
        "version": str(one.version.pk),
        "number": one.version.number,
        "life": {"days": life.days, "end": str(life.planned_end), "assumed": not life.stated},
        "loaded": _loaded(one.loaded),
        "left": to_text(one.left),
        "cost_per_thousand": text_or_none(units),
        "reason": one.unit_cost.reason,
    }


def _loaded(one: Loaded) -> dict[str, str]:
    parts = {part.name: to_text(getattr(one, part.name)) for part in fields(Loaded)}
    return parts | {"total": to_text(one.total)}


def roi_body(one: Roi) -> dict[str, str | None]:
    """Return a return as JSON values: shares as text."""
    shares = {name: getattr(one, name) for name in ("low", "point", "high")}
    found = {name: None if share is None else f"{share:f}" for name, share in shares.items()}
    return found | {"reason": one.reason}


def range_body(one: Range) -> dict[str, str]:
    """Return a benefit as JSON values: amounts as text."""
    return {part.name: to_text(getattr(one, part.name)) for part in fields(Range)}


class LifeQuery(PageQuery):
    version = serializers.UUIDField(required=False)
    model = serializers.UUIDField(required=False)


class LifeCreate(_Body):
    version = serializers.UUIDField()
    days = serializers.IntegerField(
        min_value=SHORTEST, max_value=LONGEST, help_text="From the version's first day."
    )
    reason = serializers.CharField(max_length=_LONG, help_text="What it rests on.")


class PlannedLifeSerializer(_Body):
    id = serializers.UUIDField()
    version = serializers.UUIDField()
    days = serializers.IntegerField()
    reason = serializers.CharField()
    stated_by = serializers.UUIDField()
    stated_at = serializers.DateTimeField()


_PLAIN = ("id", "days", "reason", "stated_at")
_KEYS = ("version", "stated_by")


def _life(row: Shown) -> Shown:
    plain = {name: row[name] for name in _PLAIN}
    return plain | {name: row[f"{name}_id"] for name in _KEYS}


LIFE = Reading((*_PLAIN, *(f"{name}_id" for name in _KEYS)), _life)
