"""Experiments as the API takes and gives them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.costs.commands import ExperimentFields
from governance.costs.rules import experiments as rules
from governance.costs.rules.experiments import Design
from governance.costs.serializers.facets import ModelFacets
from governance.kernel.ids import public_id
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 20_000


class ExperimentQuery(ModelFacets):
    state = serializers.ChoiceField(("running", "concluded"), required=False)
    q = serializers.CharField(max_length=200, required=False, help_text="In names, or a number.")


class ExperimentDesignSerializer(_Body):
    """``baseline``: the control's expected share, or for means its standard deviation."""

    measure = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(rules.KINDS)
    unit = serializers.CharField(max_length=100, help_text="What is assigned: customers, requests.")
    planned_n = serializers.IntegerField(min_value=rules.FEWEST_PLANNED, max_value=rules.MOST_UNITS)
    baseline = serializers.DecimalField(max_digits=30, decimal_places=15)
    control = serializers.CharField(max_length=100, default="control")
    treatment = serializers.CharField(max_length=100, default="treatment")
    control_share = serializers.DecimalField(
        max_digits=9, decimal_places=8, default=Decimal("0.5"), help_text="Between 0 and 1."
    )
    looks = serializers.IntegerField(min_value=1, max_value=rules.MOST_LOOKS, default=1)
    alpha = serializers.ChoiceField([str(alpha) for alpha in rules.ALPHAS], default="0.05")


class ExperimentCreate(_Body):
    model = serializers.UUIDField()
    version = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=200)
    hypothesis = serializers.CharField(max_length=_LONG)
    started_on = serializers.DateField(help_text="Today or later.")
    design = ExperimentDesignSerializer()


class LookCreate(_Body):
    note = serializers.CharField(max_length=_LONG, help_text="What was looked at, and why.")


class ExperimentArmSerializer(_Body):
    """``n`` and ``successes`` of a share; ``n``, ``mean`` and ``sd`` of a mean."""

    n = serializers.IntegerField()
    successes = serializers.IntegerField(required=False)
    mean = serializers.FloatField(required=False)
    sd = serializers.FloatField(required=False)


class ObservationCreate(_Body):
    arms = serializers.DictField(
        child=ExperimentArmSerializer(), help_text="By the names of the arms."
    )


class ConclusionCreate(_Body):
    ended_on = serializers.DateField()


class ExperimentResultSerializer(_Body):
    """``effect`` is treated less control. Without ``nominal_trusted`` read ``p_corrected``."""

    effect = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    level = serializers.FloatField()
    interval_method = serializers.CharField()
    test = serializers.CharField()
    p = serializers.FloatField()
    p_corrected = serializers.FloatField()
    correction = serializers.CharField(allow_blank=True)
    looks = serializers.IntegerField()
    planned_looks = serializers.IntegerField()
    peeked = serializers.BooleanField()
    nominal_trusted = serializers.BooleanField()
    false_alarm = serializers.FloatField()
    ratio_p = serializers.FloatField()
    ratio_statistic = serializers.FloatField()
    ratio_valid = serializers.BooleanField()
    n = serializers.IntegerField()
    short = serializers.BooleanField()
    clear = serializers.BooleanField()


class ExperimentSerializer(_Body):
    id = serializers.UUIDField()
    number = serializers.CharField()
    model = serializers.UUIDField()
    version = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    hypothesis = serializers.CharField()
    design = serializers.DictField(help_text="With the detectable effect.")
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    observed = serializers.DictField(help_text="arms, and looks with their notes.")
    looks = serializers.IntegerField(help_text="Readings before the end.")
    result = ExperimentResultSerializer(allow_null=True)
    concluded_at = serializers.DateTimeField(allow_null=True)
    revision = serializers.IntegerField()


def fields_of(values: Shown) -> ExperimentFields:
    """Return what the command takes."""
    design = values["design"] | {"alpha": Decimal(values["design"]["alpha"])}
    known = {name: values[name] for name in ("name", "hypothesis", "started_on")}
    return ExperimentFields(design=Design(**design), version_id=values.get("version"), **known)


_PLAIN = (
    *("id", "name", "hypothesis", "design", "started_on", "ended_on", "observed", "looks"),
    *("result", "concluded_at", "revision"),
)


def _experiment(row: Shown) -> Shown:
    numbered = {"number": public_id("EXP", row["number"])}
    return {
        **{name: row[name] for name in _PLAIN},
        **numbered,
        "model": row["model_id"],
        "version": row["version_id"],
    }


EXPERIMENT = Reading((*_PLAIN, "number", "model_id", "version_id"), _experiment)
