"""Runs of allocation as the API takes and gives them; amounts are text, with their basis named."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.serializers.facets import TargetFacets
from governance.kernel import money
from governance.kernel.ids import public_id
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]


class CostRunQuery(PageQuery):
    month = serializers.DateField(required=False, help_text="The first day of the month.")
    state = serializers.ChoiceField(kinds.CostRunState.choices, required=False)
    dry = serializers.BooleanField(required=False, allow_null=True, default=None)


class CostRunRequest(_Body):
    month = serializers.DateField(help_text="The first day of the month.")
    ruleset = serializers.UUIDField(required=False, help_text="The one in force, unless given.")
    dry = serializers.BooleanField(default=False, help_text="Of a draft; never published.")


class CostRunPublish(_Body):
    result_digest = serializers.CharField(max_length=64, help_text="Of the result as it was read.")


class CostRunSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField(help_text="As people quote it, e.g. ALC-00003.")
    month = serializers.DateField()
    state = serializers.ChoiceField(kinds.CostRunState.choices)
    dry = serializers.BooleanField()
    ruleset = serializers.UUIDField()
    progress = serializers.CharField(allow_blank=True)
    failure = serializers.CharField(allow_blank=True)
    inputs_digest = serializers.CharField(allow_blank=True)
    result_digest = serializers.CharField(allow_blank=True)
    supersedes = serializers.UUIDField(allow_null=True)
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class CostRunDetailSerializer(CostRunSerializer):
    inputs = serializers.JSONField(help_text="Bills, rules, drivers, targets, kept runs.")
    summary = serializers.JSONField(help_text="Lines and money by rule, target and reason.")


class InvariantSerializer(_Body):
    check = serializers.CharField()
    title = serializers.CharField()
    holds = serializers.BooleanField(allow_null=True, help_text="null: its time has not come")
    blocks = serializers.BooleanField(help_text="Whether a failure keeps it from publication.")
    statement = serializers.CharField()
    rows = serializers.JSONField(help_text="The sums behind it, as text.")


class InvariantsSerializer(_Body):
    run = serializers.CharField()
    publishable = serializers.BooleanField()
    items = InvariantSerializer(many=True)


class DifferenceSerializer(_Body):
    target = serializers.CharField()
    currency = serializers.CharField()
    basis = serializers.ChoiceField(kinds.Basis.choices)
    old = serializers.CharField()
    new = serializers.CharField()
    delta = serializers.CharField()
    causes = serializers.DictField(child=serializers.CharField())


class DifferencesSerializer(_Body):
    run = serializers.CharField()
    supersedes = serializers.CharField(allow_null=True)
    items = DifferenceSerializer(many=True)
    adjustment = DifferenceSerializer(many=True, help_text="What would move of closed money.")


class CostChargeSerializer(_Body):
    id = serializers.IntegerField()
    target = serializers.CharField()
    slice = serializers.IntegerField()
    part = serializers.IntegerField()
    rule = serializers.UUIDField(allow_null=True)
    path = serializers.JSONField(help_text="The rules it came by, with weight and weight_sum.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it reached no target.")
    lines = serializers.IntegerField()
    currency = serializers.CharField()
    billed = serializers.CharField()
    effective = serializers.CharField()


class ChargeLineSerializer(_Body):
    """A bill's line, whole, and the charge's exact share of it."""

    line_no = serializers.IntegerField()
    charge_start = serializers.DateTimeField()
    charge_end = serializers.DateTimeField()
    currency = serializers.CharField()
    billed = serializers.CharField()
    effective = serializers.CharField()
    billed_share = serializers.CharField(help_text="Empty where charges do not tell.")
    effective_share = serializers.CharField()
    corrects = serializers.CharField(
        help_text="The line that it takes back, where exactly one fits."
    )
    corrected_by = serializers.ListField(child=serializers.CharField())


class ChargeQuery(TargetFacets):
    target = serializers.CharField(required=False, help_text="The key of a target.")
    reason = serializers.ChoiceField(kinds.Unallocated.choices, required=False)


_PLAIN = (
    *("id", "month", "state", "dry", "progress", "failure", "inputs_digest", "result_digest"),
    *("requested_at", "finished_at", "published_at"),
)
_KEYS = ("number", "ruleset_id", "supersedes_id")
_DETAIL = ("inputs", "summary")
_CHARGE = ("id", "slice_id", "part_id", "rule_id", "path", "reason", "lines")


def _run(row: Shown) -> Shown:
    keys = {"ruleset": row["ruleset_id"], "supersedes": row["supersedes_id"]}
    plain = {name: row[name] for name in (*_PLAIN, *_DETAIL) if name in row}
    return {**plain, **keys, "public_id": public_id("ALC", row["number"])}


def _charge(row: Shown) -> Shown:
    return {
        **{name.removesuffix("_id"): row[name] for name in _CHARGE},
        "target": row["target__key"],
        "currency": row["slice__currency"],
        "billed": money.to_text(row["billed"]),
        "effective": money.to_text(row["effective"]),
    }


RUN = Reading((*_PLAIN, *_KEYS), _run)
RUN_DETAIL = Reading((*_PLAIN, *_KEYS, *_DETAIL), _run)
CHARGE = Reading((*_CHARGE, "target__key", "slice__currency", "billed", "effective"), _charge)


def charge_line(line: Any, currency: str) -> Shown:
    return {
        "line_no": line.row.line_no,
        "charge_start": line.row.charge_start,
        "charge_end": line.row.charge_end,
        "currency": currency,
        "billed": line.billed,
        "effective": line.effective,
        "billed_share": line.billed_share,
        "effective_share": line.effective_share,
        "corrects": line.corrects,
        "corrected_by": line.corrected_by,
    }
