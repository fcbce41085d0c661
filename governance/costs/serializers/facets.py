"""What lists of money can be narrowed by."""

import datetime as dt
import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.costs.kinds import Phase
from governance.costs.querysets.moments import HINT, moment_of
from governance.costs.rules.conversion import MOST_MONTHS, months_between
from governance.kernel.rest.schema import PageQuery

_MONTH = "^20[0-9]{2}-(0[1-9]|1[0-2])$"


@extend_schema_field({"type": "string", "pattern": _MONTH})
class MonthField(serializers.CharField):
    """``2026-01``, read as the month's first day; of this century, so that a next month exists."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not re.fullmatch(_MONTH, text):
            raise serializers.ValidationError("Write a month as 2026-01.")
        return dt.date.fromisoformat(f"{text}-01")


def months_asked(first: dt.date, last: dt.date | None) -> tuple[dt.date, ...]:
    """Return the months from ``first`` to ``last`` (none: one month), or refuse ``until``."""
    found = months_between(first, last or first)
    if not found:
        raise serializers.ValidationError({"until": ["It lies before the first month."]})
    if (last or first) > found[-1]:
        raise serializers.ValidationError({"until": [f"At most {MOST_MONTHS} months."]})
    return found


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
