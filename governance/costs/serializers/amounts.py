"""Money over REST: always text, never a number that a reader might round."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.kernel import money


@extend_schema_field({"type": "string", "example": "1250.5"})
class AmountField(serializers.Field):  # type: ignore[type-arg]
    """Text in, units of 10⁻¹⁸ out for commands; what is shown is text already."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str):
            raise serializers.ValidationError('Send amounts as text, such as "1250.50".')
        try:
            units, left = money.from_text(data)
        except ValueError as error:
            raise serializers.ValidationError("This is no plain number.") from error
        if left:
            raise serializers.ValidationError("At most 18 decimals.")
        return units

    def to_representation(self, value: Any) -> Any:
        return value
