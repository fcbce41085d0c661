"""What the API of cases takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.approvals import kinds
from governance.approvals.rules.words import MAX_CONDITIONS, MAX_TEXT
from governance.kernel.rest.schema import PageQuery
from governance.policies.kinds import APPROVE_USE, Answer

_Body = serializers.Serializer[Any]
_LONGEST_PASSWORD = 4096


@extend_schema_field({"type": "object", "additionalProperties": {}})
class StatementField(serializers.JSONField):
    """The approval statement, exactly as it was read."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Send the statement back as it was given to you.")
        return data


class CaseQuery(PageQuery):
    state = serializers.ChoiceField(kinds.CaseState.choices, required=False)
    tier = serializers.IntegerField(min_value=1, max_value=4, required=False)
    version = serializers.UUIDField(required=False)
    waiting_on_me = serializers.BooleanField(required=False, default=False)


class ConditionQuery(PageQuery):
    state = serializers.ChoiceField(kinds.ConditionState.choices, required=False)
    due_by = serializers.DateField(required=False)


class OpenSerializer(_Body):
    version = serializers.UUIDField()
    request = serializers.CharField(max_length=MAX_TEXT, help_text="What is asked for, and why.")
    action = serializers.CharField(max_length=40, default=APPROVE_USE)


class WithdrawSerializer(_Body):
    reason = serializers.CharField(max_length=MAX_TEXT)


class MeetSerializer(_Body):
    note = serializers.CharField(max_length=MAX_TEXT, help_text="What shows that it is met.")


class NewConditionSerializer(_Body):
    text = serializers.CharField(max_length=MAX_TEXT)
    owner = serializers.UUIDField(help_text="A person who works in the team or for all teams.")
    due_on = serializers.DateField()


class DecideSerializer(_Body):
    choice = serializers.ChoiceField(kinds.Choice.choices)
    reason = serializers.CharField(max_length=MAX_TEXT)
    override = serializers.CharField(
        max_length=MAX_TEXT,
        default="",
        allow_blank=True,
        help_text="Why in favour, although an opinion is against.",
    )
    conditions = serializers.ListField(
        child=NewConditionSerializer(), required=False, max_length=MAX_CONDITIONS
    )
    statement = StatementField(help_text="The statement as read; its digest stands in If-Match.")
    password = serializers.CharField(
        max_length=_LONGEST_PASSWORD, trim_whitespace=False, write_only=True
    )


class CaseRowSerializer(_Body):
    id = serializers.UUIDField()
    number = serializers.CharField()
    version = serializers.UUIDField()
    model = serializers.CharField()
    version_number = serializers.IntegerField()
    action = serializers.CharField()
    tier = serializers.IntegerField()
    state = serializers.ChoiceField(kinds.CaseState.choices)
    opened_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)


class ReasonSerializer(_Body):
    rule = serializers.CharField()
    text = serializers.CharField()
    answer = serializers.ChoiceField(Answer.choices)
    evidence = serializers.ListField(child=serializers.CharField())
    curable = serializers.BooleanField()


class GateSerializer(_Body):
    answer = serializers.ChoiceField(Answer.choices)
    tier = serializers.IntegerField()
    policy = serializers.CharField(help_text="Digest of the policy that was asked.")
    curable = serializers.BooleanField(help_text="Whether conditions may cure what is missing.")
    reasons = ReasonSerializer(many=True)


class GateAnswerSerializer(GateSerializer):
    action = serializers.CharField()
    version = serializers.UUIDField()
    tier = serializers.IntegerField(allow_null=True)
    policy = serializers.CharField(allow_null=True)
    policy_version = serializers.CharField(allow_null=True)
    run = serializers.CharField(allow_null=True)
    case = serializers.CharField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)


class StepSerializer(_Body):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(kinds.StepKind.choices)
    role = serializers.CharField()
    quorum = serializers.IntegerField()
    state = serializers.ChoiceField(kinds.StepState.choices)
    opened_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class DecisionSerializer(_Body):
    id = serializers.UUIDField()
    step = serializers.UUIDField()
    person = serializers.UUIDField()
    role = serializers.CharField()
    choice = serializers.ChoiceField(kinds.Choice.choices)
    reason = serializers.CharField()
    override = serializers.CharField(allow_blank=True)
    statement_digest = serializers.CharField()
    meaning = serializers.CharField()
    strength = serializers.CharField()
    decided_at = serializers.DateTimeField()
    ledger_seq = serializers.IntegerField()


class ConditionSerializer(_Body):
    id = serializers.UUIDField()
    case = serializers.UUIDField()
    text = serializers.CharField()
    owner = serializers.UUIDField()
    due_on = serializers.DateField()
    state = serializers.ChoiceField(kinds.ConditionState.choices)
    met_by = serializers.UUIDField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)
    met_note = serializers.CharField(allow_blank=True)


class EvidenceSerializer(_Body):
    id = serializers.CharField()
    check_run = serializers.UUIDField()
    check = serializers.CharField()
    verdict = serializers.CharField()
    outcome_digest = serializers.CharField()
    attached_digest = serializers.CharField()


class CaseSerializer(CaseRowSerializer):
    round = serializers.IntegerField()
    request = serializers.CharField()
    tier_reasons = serializers.ListField(child=serializers.DictField())
    policy = serializers.UUIDField()
    run = serializers.UUIDField(allow_null=True)
    content_digest = serializers.CharField(allow_blank=True)
    outcome_note = serializers.CharField(allow_blank=True)
    gate_at_submission = GateSerializer(allow_null=True)
    evidence = EvidenceSerializer(many=True)
    steps = StepSerializer(many=True)
    decisions = DecisionSerializer(many=True)
    conditions = ConditionSerializer(many=True)


class StatementSerializer(_Body):
    step = serializers.UUIDField()
    digest = serializers.CharField(help_text="Name it in If-Match when you decide.")
    statement = serializers.DictField(help_text="Send it back unchanged.")
