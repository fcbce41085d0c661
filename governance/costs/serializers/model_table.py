"""What every model and version cost, was planned, is expected and returns, as the API gives it."""

import datetime as dt
from typing import Any

from rest_framework import serializers

from governance.costs.kinds import Basis
from governance.costs.querysets.model_table import ModelRow, Reading, VersionMoney
from governance.costs.querysets.planned import Plan
from governance.costs.rules.value import Benefit, Gain, Range
from governance.costs.serializers.amounts import AmountField
from governance.costs.serializers.facets import ModelFacets, MonthField, months_asked
from governance.costs.serializers.worth import GainSerializer, RoiSerializer, gain_body, roi_body
from governance.kernel.money import MINOR_UNITS, text_or_none, to_text

_Body = serializers.Serializer[Any]


class ModelTableQuery(ModelFacets):
    period = MonthField(
        required=False, help_text="The first billing month; without it the latest published one."
    )
    until = MonthField(required=False, help_text="The last billing month; without it one month.")
    currency = serializers.ChoiceField(
        sorted(MINOR_UNITS),
        required=False,
        help_text="Only what is in it; nothing is converted, and no two currencies are added.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "period" not in attrs:
            if "until" in attrs:
                raise serializers.ValidationError({"period": ["Give the first month too."]})
            return attrs
        return attrs | {"months": months_asked(attrs["period"], attrs.get("until"))}


class PlanSerializer(_Body):
    basis = serializers.ChoiceField(Basis.choices, help_text="Two bases are never added.")
    amount = AmountField(help_text="The part of the months' days, each budget spread evenly.")
    budgets = serializers.ListField(child=serializers.UUIDField())
    of_parts = serializers.BooleanField(help_text="None is set here: those of what lies below.")


class ExpectedSerializer(_Body):
    """The latest forecast, on the effective basis."""

    forecast = serializers.UUIDField()
    point = AmountField()
    low = AmountField(allow_null=True)
    high = AmountField(allow_null=True)
    cutoff = serializers.DateField(help_text="The day before its first.")
    days = serializers.IntegerField()
    wape = serializers.FloatField(allow_null=True, help_text="Of the method, in the backtest.")
    low_confidence = serializers.BooleanField()


class VersionMoneySerializer(_Body):
    version = serializers.UUIDField()
    number = serializers.IntegerField()
    spent = AmountField()
    planned = PlanSerializer(many=True)
    expected = ExpectedSerializer(allow_null=True)
    loaded = AmountField(allow_null=True, help_text="The cost in full of the months' days.")


class ModelReadingSerializer(GainSerializer):
    """In one currency; amounts are of the effective basis unless they name another."""

    currency = serializers.CharField()
    basis = serializers.ChoiceField(Basis.choices)
    spent = AmountField(help_text="Of published runs; with what no version bears.")
    planned = PlanSerializer(many=True)
    expected = ExpectedSerializer(allow_null=True)
    use_case = GainSerializer(
        help_text="Claimed for the use case as a whole while it has other models; in no return."
    )
    loaded = AmountField(allow_null=True, help_text="The cost in full of the months' days.")
    roi = RoiSerializer(allow_null=True, help_text="(benefit - cost in full) / cost in full.")
    versions = VersionMoneySerializer(many=True, help_text="Those with a figure in the currency.")


class ModelMoneySerializer(_Body):
    model = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    team = serializers.CharField()
    project = serializers.UUIDField()
    period = serializers.CharField()
    until = serializers.CharField()
    readings = ModelReadingSerializer(many=True, help_text="One a currency; none without a figure.")
    silent = serializers.ListField(
        child=serializers.UUIDField(), help_text="Versions without any figure."
    )


def row_body(row: ModelRow, first: dt.date, last: dt.date) -> dict[str, Any]:
    """Return a model of the table as JSON values."""
    model = row.model
    return {
        "model": str(model.pk),
        "number": model.public_id,
        "name": model.name,
        "team": model.team.slug,
        "project": str(model.use_case_id),
        "period": f"{first:%Y-%m}",
        "until": f"{last:%Y-%m}",
        "readings": [_reading(one) for one in row.readings],
        "silent": [str(version.pk) for version in row.silent],
    }


def _reading(one: Reading) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "basis": Basis.EFFECTIVE.value,
        **_money(one),
        **_worth(one),
        "versions": [_version(version) for version in one.versions],
    }


def _version(one: VersionMoney) -> dict[str, Any]:
    loaded = to_text(one.worth.loaded.total) if one.worth else None
    about = {"version": str(one.version.pk), "number": one.version.number}
    return {**about, **_money(one), "loaded": loaded}


def _money(one: Reading | VersionMoney) -> dict[str, Any]:
    return {
        "spent": to_text(one.spent),
        "planned": [_plan(plan) for plan in one.plans],
        "expected": None if one.forecast is None else _expected(one.forecast),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "basis": plan.basis,
        "amount": to_text(plan.units),
        "budgets": [str(budget.pk) for budget in plan.budgets],
        "of_parts": plan.of_parts,
    }


def _expected(row: Any) -> dict[str, Any]:
    amounts = {name: getattr(row, name) for name in ("point", "low", "high")}
    return {
        "forecast": str(row.pk),
        **{name: text_or_none(units) for name, units in amounts.items()},
        "cutoff": str(row.cutoff),
        "days": row.horizon,
        "wape": row.wape,
        "low_confidence": row.low_confidence,
    }


def _worth(one: Reading) -> dict[str, Any]:
    """A model without any money or claim in the currency has nothing to return on."""
    worth = one.worth
    if worth is None:
        none = gain_body(Gain(Benefit(), Range()))
        return {**none, "use_case": none, "loaded": None, "roi": None}
    return {
        **gain_body(worth.own),
        "use_case": gain_body(worth.whole),
        "loaded": to_text(worth.loaded.total),
        "roi": roi_body(worth.roi),
    }
