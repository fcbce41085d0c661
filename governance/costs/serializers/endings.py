"""Work that ended, as the API takes and gives it."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.querysets.failed import Failed
from governance.costs.serializers.amounts import AmountField
from governance.kernel.ids import public_id
from governance.kernel.money import to_text
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 20_000


class EndingQuery(PageQuery):
    ending = serializers.ChoiceField(kinds.Ending.choices, required=False)
    team = serializers.SlugField(max_length=50, required=False)
    model = serializers.UUIDField(required=False)
    use_case = serializers.UUIDField(required=False)
    lesson = serializers.ChoiceField(["missing", "written"], required=False)
    q = serializers.CharField(max_length=200, required=False, help_text="In words, or a number.")


class WorkStop(_Body):
    """A use case or a version: one of the two."""

    use_case = serializers.UUIDField(required=False)
    version = serializers.UUIDField(required=False)
    reason = serializers.CharField(max_length=_LONG)
    learnt = serializers.CharField(max_length=_LONG, default="", allow_blank=True)


class LessonWrite(_Body):
    learnt = serializers.CharField(max_length=_LONG, help_text="Takes the place of what was said.")


class WorkResume(_Body):
    reason = serializers.CharField(max_length=_LONG)


class EndingSerializer(_Body):
    id = serializers.UUIDField()
    number = serializers.CharField()
    ending = serializers.ChoiceField(kinds.Ending.choices)
    team = serializers.CharField(help_text="Its slug.")
    use_case = serializers.UUIDField()
    model = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    decision = serializers.CharField(allow_blank=True, help_text="The number of what decided.")
    deciders = serializers.ListField(child=serializers.UUIDField())
    reason = serializers.CharField()
    ended_at = serializers.DateTimeField()
    stood_until = serializers.DateTimeField(allow_null=True, help_text="When it was taken up.")
    learnt = serializers.CharField(allow_blank=True)
    learnt_by = serializers.UUIDField(allow_null=True)
    learnt_at = serializers.DateTimeField(allow_null=True)


_PLAIN = (
    *("id", "ending", "decision", "deciders", "reason", "ended_at", "stood_until"),
    *("learnt", "learnt_at"),
)
_KEYS = ("use_case", "model", "version", "learnt_by")


def _ending(row: Shown) -> Shown:
    return {
        **{name: row[name] for name in _PLAIN},
        **{name: row[f"{name}_id"] for name in _KEYS},
        "number": public_id("END", row["number"]),
        "team": row["team__slug"],
    }


ENDING = Reading((*_PLAIN, *(f"{name}_id" for name in _KEYS), "number", "team__slug"), _ending)


class FailedQuery(_Body):
    start = serializers.DateField(help_text="The first day of the charges.")
    end = serializers.DateField(help_text="The day after the last.")
    ending = serializers.ChoiceField(kinds.Ending.choices, required=False)
    team = serializers.SlugField(max_length=50, required=False)
    lesson = serializers.ChoiceField(["missing", "written"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["end"] <= attrs["start"]:
            raise serializers.ValidationError({"end": ["It lies before the first day."]})
        return attrs


class ReuseSerializer(_Body):
    version = serializers.UUIDField()
    name = serializers.CharField()
    parts = serializers.ListField(child=serializers.CharField())


class FailureSerializer(_Body):
    """``currency`` is empty for what ended without having cost anything."""

    ending = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    how = serializers.ChoiceField(kinds.Ending.choices)
    decision = serializers.CharField(allow_blank=True)
    decided_by = serializers.ListField(child=serializers.CharField())
    ended_at = serializers.DateTimeField()
    reason = serializers.CharField()
    learnt = serializers.CharField(allow_blank=True)
    reused = ReuseSerializer(many=True)
    currency = serializers.CharField(allow_blank=True)
    phases = serializers.DictField(child=serializers.CharField(), help_text="Effective cost.")
    total = AmountField()


class FailedSerializer(_Body):
    items = FailureSerializer(many=True)


def failed_body(found: list[Failed]) -> dict[str, Any]:
    """Return failed work as JSON values."""
    return {"items": [_failure(one) for one in found]}


def _failure(one: Failed) -> dict[str, Any]:
    row = one.ending
    return {
        "ending": str(row.pk),
        "number": row.public_id,
        "name": str(row),
        "how": row.ending,
        "decision": row.decision,
        "decided_by": list(one.deciders),
        "ended_at": row.ended_at,
        "reason": row.reason,
        "learnt": row.learnt,
        "reused": [
            {"version": str(use.version.pk), "name": str(use.version), "parts": list(use.parts)}
            for use in one.reused
        ],
        "currency": one.currency,
        "phases": {phase or "none": to_text(units) for phase, units in one.by_phase.items()},
        "total": to_text(one.total),
    }
