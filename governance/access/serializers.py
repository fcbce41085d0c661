"""The API's shapes of people, teams and tokens."""

from rest_framework import serializers

from governance.access.kinds import TOKEN_DAYS
from governance.access.rules import token_scopes


class HoldingRow(serializers.Serializer[object]):
    role = serializers.CharField()
    team = serializers.UUIDField(source="team_id", allow_null=True)


class Me(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    roles = HoldingRow(many=True)


class TeamRow(serializers.Serializer[object]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()


class TeamList(serializers.Serializer[object]):
    items = TeamRow(many=True)


class TokenRequest(serializers.Serializer[object]):
    label = serializers.CharField(max_length=100)  # type: ignore[assignment]
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=token_scopes()), allow_empty=False, max_length=100
    )
    days = serializers.IntegerField(min_value=1, max_value=TOKEN_DAYS, default=TOKEN_DAYS)


class TokenRow(serializers.Serializer[object]):
    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class TokenMade(TokenRow):
    secret = serializers.CharField(help_text="Shown once; only its digest is kept.")


class TokenList(serializers.Serializer[object]):
    items = TokenRow(many=True)
