"""Field types that refuse what could not be stored or hashed."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.kernel.errors import DomainError
from inventory.catalog.rules.plain import require_plain

LONG = 20_000


@extend_schema_field({"type": "object", "additionalProperties": {}})
class PlainObjectField(serializers.JSONField):
    """A JSON object whose values have a canonical form."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            raise serializers.ValidationError("Give a JSON object.")
        try:
            require_plain(value, self.field_name or "value")
        except DomainError as error:
            raise serializers.ValidationError(error.message) from error
        return value


class TextField(serializers.CharField):
    """Longer text, kept as it was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONG)
        super().__init__(trim_whitespace=False, **options)


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """A file of a multipart body; what it is, the command finds out by its content."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty_file=True, max_length=1000, **options)


def words_field() -> serializers.ListField:
    """Return a list of at most 50 short texts."""
    entry = serializers.CharField(max_length=100)
    return serializers.ListField(child=entry, max_length=50, required=False)


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class TeamSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
