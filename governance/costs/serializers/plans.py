"""Budgets, forecasts and anomalies as the API takes and gives them. Amounts are text."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.rules.answers import ANSWERS, LONGEST_LINK
from governance.costs.rules.budgets import HIGHEST_PERCENT, MOST_THRESHOLDS
from governance.costs.rules.events import LONGEST_LABEL, MOST_EVENTS
from governance.costs.serializers.amounts import AmountField
from governance.costs.serializers.facets import MonthField, TargetFacets
from governance.kernel.money import MINOR_UNITS, text_or_none
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 20_000
_CURRENCIES = sorted(MINOR_UNITS)


class PlanQuery(TargetFacets):
    target = serializers.UUIDField(required=False)
    period = MonthField(required=False, help_text="A month that it touches, 2026-01.")
    currency = serializers.ChoiceField(_CURRENCIES, required=False)


class BudgetQuery(PlanQuery):
    state = serializers.ChoiceField(kinds.BudgetState.choices, required=False)
    basis = serializers.ChoiceField(kinds.Basis.choices, required=False)


class ForecastQuery(PlanQuery):
    basis = serializers.ChoiceField(kinds.Basis.choices, required=False)
    scored = serializers.ChoiceField(["yes", "no"], required=False)


class AnomalyQuery(PlanQuery):
    state = serializers.ChoiceField(kinds.AnomalyState.choices, required=False)
    day_from = serializers.DateField(required=False)
    day_to = serializers.DateField(required=False)


class PlanWrite(_Body):
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after the last.")
    currency = serializers.ChoiceField(_CURRENCIES)
    basis = serializers.ChoiceField(
        kinds.Basis.choices,
        default=kinds.Basis.EFFECTIVE,
        help_text="Billed counts bills by billing month and covers whole months.",
    )
    amount = AmountField()
    thresholds = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=HIGHEST_PERCENT),
        max_length=MOST_THRESHOLDS,
        required=False,
        help_text="Percent of the amount, by what was spent; 50, 80 and 100 unless given.",
    )
    forecast_threshold = serializers.IntegerField(
        min_value=1, max_value=HIGHEST_PERCENT, default=100, help_text="Percent, by forecast."
    )


class BudgetCreate(PlanWrite):
    target = serializers.UUIDField()
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class BudgetChange(PlanWrite):
    note = serializers.CharField(max_length=2000, help_text="Why it changes.")


class TransferWrite(_Body):
    giver = serializers.UUIDField()
    taker = serializers.UUIDField()
    amount = AmountField()
    note = serializers.CharField(max_length=2000)


class DecisionWrite(_Body):
    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class BudgetSerializer(_Body):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    series = serializers.UUIDField(help_text="Shared by all versions of one budget.")
    number = serializers.IntegerField(help_text="The version.")
    transfer = serializers.UUIDField(allow_null=True, help_text="Shared by a transfer's two lines.")
    target = serializers.UUIDField()
    target_key = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    currency = serializers.CharField()
    basis = serializers.ChoiceField(kinds.Basis.choices)
    amount = serializers.CharField()
    thresholds = serializers.ListField(child=serializers.IntegerField())
    forecast_threshold = serializers.IntegerField()
    state = serializers.ChoiceField(kinds.BudgetState.choices)
    note = serializers.CharField()
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class AlertSerializer(_Body):
    measure = serializers.ChoiceField(["actual", "forecast"])
    threshold = serializers.IntegerField()
    amount = serializers.CharField()
    crossed_at = serializers.DateTimeField()


class BurnSerializer(_Body):
    spent = serializers.CharField()
    settled_through = serializers.DateField(allow_null=True)
    straight = serializers.CharField(help_text="What equal days would have spent by then.")
    expected = serializers.CharField(allow_null=True, help_text="At the end; null: no forecast.")
    forecast = serializers.UUIDField(allow_null=True)
    days = serializers.IntegerField()
    elapsed = serializers.IntegerField()
    tested_days = serializers.IntegerField(help_text="Days to come that the forecast holds.")
    carried_days = serializers.IntegerField(help_text="Days beyond it, at its daily mean.")


class BudgetDetailSerializer(BudgetSerializer):
    burn = BurnSerializer()
    alerts = AlertSerializer(many=True)


class EventWrite(_Body):
    label = serializers.CharField(max_length=LONGEST_LABEL)  # type: ignore[assignment]
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after the last.")
    daily = AmountField(help_text="A day; below 0 for what will be saved.")


class ForecastCreate(_Body):
    target = serializers.UUIDField()
    currency = serializers.ChoiceField(_CURRENCIES)
    basis = serializers.ChoiceField(kinds.Basis.choices, default=kinds.Basis.EFFECTIVE)
    events = EventWrite(many=True, required=False, max_length=MOST_EVENTS)  # type: ignore[call-arg]


class ForecastSerializer(_Body):
    id = serializers.UUIDField()
    target = serializers.UUIDField()
    target_key = serializers.CharField()
    currency = serializers.CharField()
    basis = serializers.ChoiceField(kinds.Basis.choices)
    cutoff = serializers.DateField(help_text="The last day that it knew.")
    horizon = serializers.IntegerField(help_text="Days after it.")
    method = serializers.CharField()
    point = serializers.CharField()
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    wape = serializers.FloatField(allow_null=True, help_text="Of its backtest.")
    bias = serializers.FloatField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    low_confidence = serializers.BooleanField()
    data_digest = serializers.CharField()
    frozen_at = serializers.DateTimeField()
    actual = serializers.CharField(allow_null=True)
    error = serializers.FloatField(allow_null=True)
    held = serializers.BooleanField(allow_null=True)
    scored_at = serializers.DateTimeField(allow_null=True)


class ForecastDetailSerializer(ForecastSerializer):
    by_billed = serializers.ListField(
        child=serializers.CharField(),
        help_text="Issuers that leave EffectiveCost empty: what they billed stands for it.",
    )
    points = serializers.ListField(child=serializers.DictField())
    backtest = serializers.ListField(child=serializers.DictField())
    events = serializers.ListField(child=serializers.DictField())
    calibration = serializers.CharField(help_text="How the team's forecasts have been held.")


class AnomalySerializer(_Body):
    id = serializers.UUIDField()
    target = serializers.UUIDField()
    target_key = serializers.CharField()
    currency = serializers.CharField()
    basis = serializers.ChoiceField(kinds.Basis.choices, help_text="Always effective.")
    day = serializers.DateField()
    expected = serializers.CharField()
    actual = serializers.CharField()
    score = serializers.FloatField()
    state = serializers.ChoiceField(kinds.AnomalyState.choices)
    explanation = serializers.CharField()
    link = serializers.CharField()
    detected_at = serializers.DateTimeField()
    restated_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class AnswerWrite(_Body):
    state = serializers.ChoiceField([(state.value, state.label) for state in ANSWERS])
    explanation = serializers.CharField(max_length=_LONG, required=False, allow_blank=True)
    link = serializers.CharField(
        max_length=LONGEST_LINK,
        required=False,
        allow_blank=True,
        help_text="Of the change, run or case; needed for explained.",
    )


_BUDGET = (
    *("id", "revision", "series", "number", "transfer", "start", "end", "currency", "basis"),
    *("thresholds", "forecast_threshold", "state", "note", "answer", "created_at", "decided_at"),
)
_FORECAST = (
    *("id", "currency", "basis", "cutoff", "horizon", "method", "wape", "bias", "coverage"),
    *("low_confidence", "data_digest", "frozen_at", "error", "held", "scored_at"),
)
_ANOMALY = (
    *("id", "currency", "day", "score", "state", "explanation", "link", "detected_at"),
    *("restated_at", "answered_at"),
)
_TARGET = ("target_id", "target__key")


def _reading(
    plain: tuple[str, ...], amounts: tuple[str, ...], whole: tuple[str, ...], **fixed: str
) -> Reading:
    def shape(row: Shown) -> Shown:
        shown = {name: row[name] for name in (*plain, *whole)} | fixed
        shown |= {name: text_or_none(row[name]) for name in amounts}
        return shown | {"target": row["target_id"], "target_key": row["target__key"]}

    return Reading((*plain, *whole, *amounts, *_TARGET), shape)


_TOTALS = ("point", "low", "high", "actual")
BUDGET = _reading(_BUDGET, ("amount",), ())
FORECAST = _reading(_FORECAST, _TOTALS, ())
FORECAST_WHOLE = _reading(_FORECAST, _TOTALS, ("points", "backtest", "events"))
ANOMALY = _reading(_ANOMALY, ("expected", "actual"), (), basis=kinds.Basis.EFFECTIVE.value)
