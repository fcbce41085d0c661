"""What approvals cost, as the API gives it. Amounts are text, by currency."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from governance.approvals.kinds import CaseState
from governance.approvals.querysets.burden import CaseCost
from governance.approvals.rules.burden import Gate
from governance.kernel.money import to_text

_Body = serializers.Serializer[Any]


class BurdenQuery(_Body):
    start = serializers.DateField(help_text="Cases that were open from this day on.")
    end = serializers.DateField(help_text="And before this one; gates are read for a year to it.")
    team = serializers.SlugField(max_length=50, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["end"] <= attrs["start"]:
            raise serializers.ValidationError({"end": ["It lies before the first day."]})
        return attrs


class CaseCostSerializer(_Body):
    case = serializers.UUIDField()
    number = serializers.CharField()
    version = serializers.UUIDField()
    tier = serializers.IntegerField()
    state = serializers.ChoiceField(CaseState.choices)
    seconds_waited = serializers.IntegerField(help_text="From submission to decision, or to now.")
    validator_hours = serializers.CharField(help_text="Entered as labour for its validation.")
    labour = serializers.DictField(child=serializers.CharField())
    runs = serializers.IntegerField()
    check_seconds = serializers.IntegerField(help_text="On workers, of all runs that went into it.")
    priced_seconds = serializers.IntegerField(help_text="Those for whose day a rate is stated.")
    checks_estimated = serializers.DictField(
        child=serializers.CharField(), help_text="Priced seconds at the stated rate: an estimate."
    )
    delay_at_most = serializers.DictField(
        child=serializers.CharField(),
        help_text="Days waited times attested benefit a day at its high end: an upper bound.",
    )


class GateHistorySerializer(_Body):
    name = serializers.CharField()
    kind = serializers.CharField()
    asked = serializers.IntegerField()
    refused = serializers.IntegerField()
    never_refused = serializers.BooleanField()
    could_refuse_at_most = serializers.FloatField(
        allow_null=True, help_text="The share that silence still allows (95 %); when it never did."
    )


class BurdenSerializer(_Body):
    items = CaseCostSerializer(many=True)
    gates = GateHistorySerializer(many=True)


def case_cost(one: CaseCost) -> dict[str, Any]:
    """Return what one case cost as JSON values."""
    case, spent = one.case, one.spent
    return {
        "case": str(case.pk),
        "number": case.public_id,
        "version": str(case.version_id),
        "tier": case.tier,
        "state": case.state,
        "seconds_waited": round(one.waited.total_seconds()),
        "validator_hours": to_text(spent.hours),
        "labour": _money(spent.labour),
        "runs": spent.runs,
        "check_seconds": round(spent.seconds),
        "priced_seconds": round(spent.priced),
        "checks_estimated": _money(spent.compute),
        "delay_at_most": _money(one.delay),
    }


def gate_body(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "kind": gate.kind,
        "asked": gate.asked,
        "refused": gate.refused,
        "never_refused": gate.never,
        "could_refuse_at_most": gate.at_most,
    }


def _money(amounts: Mapping[str, int]) -> dict[str, str]:
    return {code: to_text(units) for code, units in sorted(amounts.items())}
