"""What the API takes and gives about runs."""

from rest_framework import serializers

from audits.engine.outcome import Verdict
from audits.runs.kinds import CheckState, RunState

_VERDICTS = [v.value for v in Verdict]


class RunRequestSerializer(serializers.Serializer[object]):
    version = serializers.UUIDField(help_text="The model version to be checked.")
    reference = serializers.UUIDField(help_text="Dataset version that the model was accepted on.")
    current = serializers.UUIDField(help_text="Dataset version that it is held against.")


class RunSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    public_id = serializers.CharField(help_text="As people quote it, e.g. RUN-00042.")
    version = serializers.UUIDField()
    model = serializers.UUIDField()
    reference = serializers.UUIDField()
    current = serializers.UUIDField()
    policy = serializers.UUIDField()
    tier = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RunState.values)
    verdict = serializers.ChoiceField(
        choices=[*_VERDICTS, ""], help_text="The worst of its checks; empty until the run is over."
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why it failed or was cancelled.")
    requested_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    plan_digest = serializers.CharField()
    results_digest = serializers.CharField(allow_blank=True)
    isolation = serializers.CharField(allow_blank=True)


class RunPageSerializer(serializers.Serializer[object]):
    items = RunSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class CheckSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    public_id = serializers.CharField(help_text="The evidence id that reports cite: EVD-…")
    check = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=CheckState.values)
    verdict = serializers.ChoiceField(choices=[*_VERDICTS, ""])
    summary = serializers.CharField(allow_blank=True)
    outcome_digest = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField(allow_null=True)
    expected_seconds = serializers.FloatField(allow_null=True)


class PointSerializer(serializers.Serializer[object]):
    factor = serializers.CharField()
    title = serializers.CharField()
    points = serializers.IntegerField()
    because = serializers.CharField()


class RunDetailSerializer(RunSerializer):
    attempt = serializers.IntegerField()
    tier_reasons = PointSerializer(many=True)
    plan = serializers.JSONField(help_text="Everything that can change a result.")
    checks = CheckSerializer(many=True)


class CheckDetailSerializer(CheckSerializer):
    run = serializers.UUIDField()
    outcome = serializers.JSONField(
        allow_null=True, help_text="As audits.engine wrote it; the digest is over this."
    )


class LogLineSerializer(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    attempt = serializers.IntegerField()
    text = serializers.CharField()


class LogSerializer(serializers.Serializer[object]):
    items = LogLineSerializer(many=True)
