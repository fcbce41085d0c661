"""A summary of money as the API takes and gives it. Amounts are text, exact to 18 places."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.costs.kinds import Basis
from governance.costs.querysets.dimensions import DIMENSIONS, NONE
from governance.costs.querysets.summary import Line, Question, Summary
from governance.costs.rules.conversion import BEFORE, YEAR, compared_months
from governance.costs.serializers.facets import MomentField, MonthField, months_asked
from governance.kernel.money import MINOR_UNITS, to_text

_Body = serializers.Serializer[Any]
_MOST_GROUPS = 2
_LONG = 500
_MONTH_END = "month_end"


@extend_schema_field({"type": "string", "pattern": "^(before|year|20[0-9]{2}-(0[1-9]|1[0-2]))$"})
class CompareField(serializers.CharField):
    """``before``, ``year`` or a month."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if text not in (BEFORE, YEAR):
            MonthField().to_internal_value(text)
        return text


class SummaryQuery(_Body):
    """Any dimension is a filter too; ``none`` asks for money without it."""

    group_by = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text=f"One or two of: {', '.join(DIMENSIONS)}.",
    )
    period = MonthField(help_text="The first billing month, 2026-01.")
    until = MonthField(required=False, help_text="The last billing month; without it one month.")
    basis = serializers.ChoiceField(Basis.choices, required=False, default=Basis.EFFECTIVE)
    currency = serializers.ChoiceField(
        sorted(MINOR_UNITS),
        required=False,
        help_text="Read everything in it, at the rates of the days; without it each in its own.",
    )
    rates = serializers.ChoiceField(
        [("day", "Of each charge's day"), (_MONTH_END, "Of the month's last day")],
        required=False,
        default="day",
        help_text="Which day's rate converts: of each charge (day), or of its month (month_end).",
    )
    compare = CompareField(
        required=False,
        help_text="Hold the months against as many others: before, year, or from 2025-01 on.",
    )
    as_of = MomentField()
    organised = serializers.ChoiceField(
        [("then", "Of each month"), ("today", "As organised today")],
        required=False,
        default="then",
        help_text="Whose money it is: of the team and project of its month, or of today's.",
    )

    def get_fields(self) -> dict[str, Any]:
        filters = {name: _filter(name) for name in DIMENSIONS}
        return {**super().get_fields(), **filters}

    def validate_group_by(self, value: str) -> tuple[str, ...]:
        names = tuple(filter(None, value.split(",")))
        if (
            len(names) > _MOST_GROUPS
            or len(set(names)) < len(names)
            or set(names) - set(DIMENSIONS)
        ):
            raise serializers.ValidationError(f"One or two of: {', '.join(DIMENSIONS)}.")
        return names

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            # A filter that is passed over would give the sum of something else.
            why = ["There is no such filter."]
            raise serializers.ValidationError({name: why for name in unknown})  # noqa: C420
        return attrs | {"months": months_asked(attrs["period"], attrs.get("until"))}


class KeyFilter(serializers.CharField):
    """A key, or ``none``."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return text if text == NONE else str(uuid.UUID(text))
        except ValueError as error:
            raise serializers.ValidationError(f"Give an id, or {NONE!r}.") from error


def _filter(name: str) -> serializers.CharField:
    kind = KeyFilter if DIMENSIONS[name].is_key else serializers.CharField
    return kind(required=False, max_length=_LONG)


def question_of(asked: Mapping[str, Any]) -> Question:
    """Return the question that a checked query asks."""
    return Question(
        months=asked["months"],
        group_by=asked["group_by"] or (),
        basis=asked["basis"],
        currency=asked.get("currency", ""),
        converted="currency" in asked,
        filters={name: asked[name] for name in DIMENSIONS if name in asked},
        compared=compared_months(asked["months"], asked.get("compare", "")),
        at_month_end=asked["rates"] == _MONTH_END,
        as_of=asked.get("as_of"),
        as_organised_today=asked["organised"] == "today",
    )


class GapSerializer(_Body):
    currency = serializers.CharField()
    amount = serializers.CharField()
    lines = serializers.IntegerField()


class GroupSerializer(_Body):
    group = serializers.DictField(help_text="Each dimension with its id (null: without) and name.")
    currency = serializers.CharField()
    months = serializers.DictField(child=serializers.CharField(), help_text="Amount by month.")
    total = serializers.CharField(help_text="Of the months asked for.")
    before = serializers.CharField(help_text="Of the months compared; 0 when none are.")
    lines = serializers.IntegerField(help_text="Lines of bills behind it.")


class SummarySerializer(_Body):
    basis = serializers.ChoiceField(Basis.choices)
    currency = serializers.CharField(allow_null=True, help_text="Null: each group in its own.")
    months = serializers.ListField(child=serializers.CharField())
    compared = serializers.ListField(child=serializers.CharField())
    converted = serializers.ListField(
        child=serializers.CharField(), help_text="Currencies that were read in another one."
    )
    rates = serializers.CharField(help_text="Whose rate converted: day, or month_end.")
    unpublished = serializers.ListField(
        child=serializers.CharField(), help_text="Months that no run speaks for: not zero, unknown."
    )
    items = GroupSerializer(many=True)
    total = serializers.CharField(allow_null=True, help_text="Null over several currencies.")
    before = serializers.CharField(allow_null=True, help_text="Of the months compared.")
    partial = serializers.BooleanField(  # type: ignore[assignment]
        help_text="True when some money could not be converted."
    )
    not_converted = GapSerializer(many=True)
    by_billed = serializers.ListField(
        child=serializers.CharField(),
        help_text="Issuers that leave EffectiveCost empty: what they billed stands for it.",
    )


def summary_body(found: Summary) -> dict[str, Any]:
    """Return a summary as JSON values."""
    currencies = {line.currency for line in found.lines} | {found.currency} - {""}
    only = currencies.pop() if len(currencies) == 1 else None
    gaps = [
        {"currency": gap.currency, "amount": to_text(gap.amount), "lines": gap.rows}
        for gap in found.unconverted
    ]
    return {
        "basis": found.question.basis,
        "currency": only,
        "months": [_month(month) for month in found.question.months],
        "compared": [_month(month) for month in found.question.compared],
        "converted": list(found.converted),
        "rates": _MONTH_END if found.question.at_month_end else "day",
        "unpublished": [_month(month) for month in found.unpublished],
        "items": [_group(found, line) for line in found.lines],
        "total": to_text(found.total) if only else None,
        "before": to_text(found.before) if only else None,
        "partial": found.is_partial,
        "not_converted": gaps,
        "by_billed": list(found.by_billed),
    }


def _group(found: Summary, line: Line) -> dict[str, Any]:
    named = zip(found.question.group_by, line.keys, line.labels, strict=True)
    return {
        "group": {
            name: {"id": None if key in (None, "") else str(key), "name": label}
            for name, key, label in named
        },
        "currency": line.currency,
        "months": {_month(month): to_text(units) for month, units in sorted(line.amounts.items())},
        "total": to_text(line.total),
        "before": to_text(line.before),
        "lines": line.rows,
    }


def _month(month: dt.date) -> str:
    return f"{month:%Y-%m}"
