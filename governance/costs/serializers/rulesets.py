"""Rule sets as the API takes and gives them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.costs import kinds
from governance.costs.rules import rulefiles
from governance.kernel.errors import DomainError
from governance.kernel.ids import public_id
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.fields import TextField
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_PASSWORD = 4096


class TargetWeightSerializer(_Body):
    target = serializers.CharField()
    weight = serializers.CharField(required=False, help_text="Percent, as text: 33.4")


class RuleSerializer(_Body):
    """One rule, as docs/users/manager.md describes it."""

    priority = serializers.IntegerField()
    phase = serializers.ChoiceField(kinds.RulePhase.choices)
    name = serializers.CharField()
    matcher = serializers.JSONField(help_text='e.g. {"field": "service", "is": "Endpoints"}')
    method = serializers.ChoiceField(kinds.Method.choices)
    targets = TargetWeightSerializer(many=True)
    options = serializers.JSONField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


@extend_schema_field(RuleSerializer(many=True))
class RulesField(serializers.JSONField):
    """Checked by the command, which names each wrong rule. YAML text is read as well."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            try:
                return rulefiles.read_text(data)
            except DomainError as error:
                raise serializers.ValidationError(error.message) from error
        value = super().to_internal_value(data)
        if not isinstance(value, list):
            raise serializers.ValidationError("Give a list of rules, or YAML text of one.")
        return value


class RuleSetQuery(PageQuery):
    state = serializers.ChoiceField(kinds.RuleSetState.choices, required=False)


class RuleSetCreate(_Body):
    effective_from = serializers.DateField(help_text="The first day of a month.")
    note = TextField(required=False, allow_blank=True)
    rules = RulesField(required=False, help_text="Those in force then, unless given.")


class RuleSetWrite(_Body):
    effective_from = serializers.DateField(required=False)
    note = TextField(required=False, allow_blank=True)
    rules = RulesField()


class RuleSetApprove(_Body):
    digest = serializers.CharField(max_length=64, help_text="Of the rules as they were read.")
    password = serializers.CharField(max_length=_PASSWORD, trim_whitespace=False)


class RuleSetReturn(_Body):
    reason = TextField()
    password = serializers.CharField(max_length=_PASSWORD, trim_whitespace=False)


class RuleSetSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField(help_text="As people quote it, e.g. RULES-00003.")
    revision = serializers.IntegerField()
    state = serializers.ChoiceField(kinds.RuleSetState.choices)
    effective_from = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(help_text="Over the rules as canonical JSON.")
    author = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.UUIDField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True, help_text="Why it was returned.")


class RuleSetDetailSerializer(RuleSetSerializer):
    rules = RuleSerializer(many=True)
    in_words = serializers.ListField(child=serializers.CharField())


class DryRunSerializer(_Body):
    run = serializers.UUIDField(help_text="Read it under costs/runs/.")
    public_id = serializers.CharField()
    month = serializers.DateField()


class DryRunsSerializer(_Body):
    items = DryRunSerializer(many=True)


_PLAIN = (
    *("id", "revision", "state", "effective_from", "note", "digest", "created_at"),
    *("submitted_at", "approved_at", "answer"),
)


def _ruleset(row: Shown) -> Shown:
    people = {"author": row["created_by_id"], "approved_by": row["approved_by_id"]}
    plain = {name: row[name] for name in _PLAIN}
    return {**plain, **people, "public_id": public_id("RULES", row["number"])}


RULESET = Reading((*_PLAIN, "number", "created_by_id", "approved_by_id"), _ruleset)
