"""Claims of benefit as the API takes and gives them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.rules.claims import ClaimFields
from governance.costs.rules.subjects import Subject
from governance.costs.serializers.amounts import AmountField
from governance.costs.serializers.facets import ModelFacets, MonthField
from governance.kernel.ids import public_id
from governance.kernel.money import to_text
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 20_000
_LONGEST_PASSWORD = 4096


class ClaimQuery(ModelFacets):
    version = serializers.UUIDField(required=False)
    use_case = serializers.UUIDField(required=False, help_text="Claims on it as a whole.")
    period = MonthField(required=False, help_text="A month that it claims for, 2026-01.")
    grade = serializers.ChoiceField(kinds.Grade.choices, required=False)
    state = serializers.ChoiceField(kinds.ClaimState.choices, required=False)
    q = serializers.CharField(max_length=200, required=False, help_text="In names, or a number.")


class ClaimCreate(_Body):
    """On a model (all its versions), a version or a whole use case: one of the three.

    Amounts are those of the whole benefit; ``share`` is the part of it that this one brings.
    """

    model = serializers.UUIDField(required=False)
    version = serializers.UUIDField(required=False)
    use_case = serializers.UUIDField(required=False)
    benefit = serializers.CharField(max_length=200)
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after the last.")
    method = serializers.CharField(max_length=_LONG)
    currency = serializers.CharField(min_length=3, max_length=3)
    low = AmountField()
    point = AmountField()
    high = AmountField()
    share = serializers.DecimalField(max_digits=5, decimal_places=4, default=Decimal(1))
    grade = serializers.ChoiceField(kinds.Grade.choices)
    evidence = serializers.CharField(max_length=_LONG, default="", allow_blank=True)
    experiment = serializers.UUIDField(required=False, allow_null=True)


class ClaimAttest(_Body):
    answer = serializers.CharField(max_length=_LONG, help_text="What was checked.")
    password = serializers.CharField(
        max_length=_LONGEST_PASSWORD, trim_whitespace=False, write_only=True
    )


class ClaimReject(_Body):
    answer = serializers.CharField(max_length=_LONG, help_text="Why it does not hold.")


class ClaimWithdraw(_Body):
    reason = serializers.CharField(max_length=_LONG)


class ClaimSerializer(_Body):
    id = serializers.UUIDField()
    number = serializers.CharField()
    model = serializers.UUIDField(allow_null=True, help_text="A version's claim names it too.")
    version = serializers.UUIDField(allow_null=True)
    use_case = serializers.UUIDField(allow_null=True, help_text="Only when it is on the whole.")
    benefit = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    method = serializers.CharField()
    currency = serializers.CharField()
    low = AmountField()
    point = AmountField()
    high = AmountField()
    share = serializers.CharField()
    grade = serializers.ChoiceField(kinds.Grade.choices)
    evidence = serializers.CharField()
    experiment = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(kinds.ClaimState.choices, help_text="Only attested ones count.")
    created_by = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()


_SUBJECT = ("model", "version", "use_case")


def subject_of(values: Shown) -> Subject:
    """Return what the claim is on."""
    return Subject(**{f"{name}_id": values.get(name) for name in _SUBJECT})


def fields_of(values: Shown) -> ClaimFields:
    """Return what the command takes."""
    keys = {*_SUBJECT, "experiment"}
    plain = {name: value for name, value in values.items() if name not in keys}
    plain["grade"] = kinds.Grade(plain["grade"])
    return ClaimFields(**plain, experiment_id=values.get("experiment"))


_PLAIN = (
    *("id", "benefit", "start", "end", "method", "currency", "grade", "evidence", "state"),
    *("created_at", "decided_at", "answer", "revision"),
)
_MONEY = ("low", "point", "high")
_KEYS = (*_SUBJECT, "experiment", "created_by", "decided_by")


def _claim(row: Shown) -> Shown:
    return {
        **{name: row[name] for name in _PLAIN},
        **{name: to_text(row[name]) for name in _MONEY},
        **{name: row[f"{name}_id"] for name in _KEYS},
        "number": public_id("BEN", row["number"]),
        "share": f"{row['share'].normalize():f}",
    }


_COLUMNS = (*_PLAIN, *_MONEY, "number", "share", *(f"{name}_id" for name in _KEYS))
CLAIM = Reading(_COLUMNS, _claim)
