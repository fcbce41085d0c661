"""Exports as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.serializers.facets import MonthField
from governance.kernel.ids import public_id
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]


class FocusExportQuery(PageQuery):
    period = MonthField(required=False, help_text="A billing month, such as 2026-01.")


class FocusExportRequest(_Body):
    period = MonthField(help_text="A month with a published run, such as 2026-01.")


class ExportSumSerializer(_Body):
    issuer = serializers.CharField()
    currency = serializers.CharField()
    rows = serializers.IntegerField()
    billed = serializers.CharField()
    effective = serializers.CharField()
    imported_billed = serializers.CharField(help_text="What the run had imported.")
    imported_effective = serializers.CharField()


class FocusExportSerializer(_Body):
    id = serializers.UUIDField()
    run = serializers.UUIDField()
    run_public_id = serializers.CharField(help_text="As people quote it, e.g. ALC-00003.")
    period = serializers.CharField(help_text="The billing month, such as 2026-01.")
    result_digest = serializers.CharField(help_text="Of the run's result, as it is written.")
    state = serializers.ChoiceField(kinds.ExportState.choices)
    progress = serializers.CharField(allow_blank=True)
    failure = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(allow_blank=True, help_text="SHA-256 of the file.")
    size = serializers.IntegerField(allow_null=True, help_text="In bytes.")
    rows = serializers.IntegerField(allow_null=True)
    sums = ExportSumSerializer(many=True)
    not_held = serializers.JSONField(help_text="Columns that stay empty, by batch.")
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


_PLAIN = (
    *("id", "result_digest", "state", "progress", "failure", "digest", "size", "rows", "sums"),
    *("not_held", "requested_at", "finished_at"),
)


def _export(row: Shown) -> Shown:
    return {
        **{name: row[name] for name in _PLAIN},
        "run": row["run_id"],
        "run_public_id": public_id("ALC", row["run__number"]),
        "period": f"{row['run__month']:%Y-%m}",
    }


EXPORT = Reading((*_PLAIN, "run_id", "run__number", "run__month"), _export)
