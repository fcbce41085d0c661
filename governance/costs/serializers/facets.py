"""What lists of money can be narrowed by."""

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.costs.kinds import Phase
from governance.costs.querysets.moments import HINT, moment_of
from governance.kernel.rest.schema import PageQuery


@extend_schema_field({"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"})
class MonthField(serializers.CharField):
    """``2026-01``, read as the month's first day."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return dt.date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise serializers.ValidationError("Write a month as 2026-01.") from error


class ModelFacets(PageQuery):
    team = serializers.SlugField(max_length=50, required=False)
    project = serializers.UUIDField(required=False, help_text="A use case.")
    model = serializers.UUIDField(required=False)


class TargetFacets(ModelFacets):
    phase = serializers.ChoiceField(Phase.choices, required=False)


@extend_schema_field({"type": "string", "maxLength": 40})
class MomentField(serializers.CharField):
    """A moment to read at, given as a day, an instant or a bill."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, help_text=HINT, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return moment_of(text)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
