"""What the API says of policies."""

from rest_framework import serializers


class PolicySerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    digest = serializers.CharField()
    state = serializers.CharField()
    effective_from = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)


class PolicyPageSerializer(serializers.Serializer[object]):
    items = PolicySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class PolicyDetailSerializer(PolicySerializer):
    text = serializers.CharField(help_text="The YAML as installed.")
    document = serializers.JSONField(help_text="The same, parsed; the digest is over this.")
