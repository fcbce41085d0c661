"""What money tells, as the API gives it and takes answers."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.rules.hints import SEVERITIES
from governance.costs.serializers.amounts import AmountField
from governance.costs.serializers.facets import MonthField, TargetFacets
from governance.kernel.money import text_or_none
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_ANSWERS = [choice for choice in kinds.HintState.choices if choice[0] != kinds.HintState.OPEN]


class HintQuery(TargetFacets):
    kind = serializers.ChoiceField(kinds.HintKind.choices, required=False)
    state = serializers.ChoiceField(kinds.HintState.choices, required=False)
    severity = serializers.ChoiceField(list(SEVERITIES.values()), required=False)
    period = MonthField(required=False, help_text="A month in which it was seen, 2026-01.")
    q = serializers.CharField(max_length=200, required=False, help_text="In the title.")


class HintAnswer(_Body):
    answer = serializers.ChoiceField(_ANSWERS)
    reason = serializers.CharField(max_length=20_000)
    until = serializers.DateField(required=False, help_text="Only when it is snoozed.")


class HintEvidenceSerializer(_Body):
    on = serializers.DateField()
    signs = serializers.ListField(child=serializers.CharField())
    money = serializers.DictField(child=serializers.CharField(), help_text="By currency.")


class HintSerializer(_Body):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(kinds.HintKind.choices)
    subject = serializers.CharField(help_text="A stable key; one open row for kind and subject.")
    title = serializers.CharField()
    target = serializers.CharField(allow_null=True, help_text="Its key.")
    team = serializers.CharField(allow_null=True, help_text="Its slug.")
    currency = serializers.CharField(allow_blank=True)
    money = AmountField(allow_null=True)
    basis = serializers.ChoiceField(kinds.Basis.choices, help_text="Of the money: effective.")
    severity = serializers.CharField(allow_blank=True)
    evidence = HintEvidenceSerializer(many=True)
    state = serializers.ChoiceField(kinds.HintState.choices)
    opened_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    snoozed_until = serializers.DateField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)


_PLAIN = (
    *("id", "kind", "subject", "title", "currency", "severity", "evidence", "state"),
    *("opened_at", "seen_at", "snoozed_until", "answer"),
)


def _hint(row: Shown) -> Shown:
    money = row["money"]
    return {
        **{name: row[name] for name in _PLAIN},
        "target": row["target__key"],
        "team": row["target__team__slug"],
        "money": text_or_none(money),
        "basis": kinds.Basis.EFFECTIVE.value,
    }


HINT = Reading((*_PLAIN, "money", "target__key", "target__team__slug"), _hint)
