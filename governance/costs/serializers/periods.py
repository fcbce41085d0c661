"""Billing periods as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from governance.costs.kinds import PeriodState
from governance.costs.rules.closing import Standing, faults, reason_needed
from governance.kernel.money import to_text
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.fields import TextField
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]


class PeriodQuery(PageQuery):
    issuer = serializers.CharField(max_length=200, required=False)
    state = serializers.ChoiceField(PeriodState.choices, required=False)
    day = serializers.DateField(required=False, help_text="A day that the period holds.")


class InvoiceWrite(_Body):
    total = serializers.CharField(max_length=60, help_text="Billed, as text: 1250.40")
    currency = serializers.CharField(max_length=3)


class PeriodClose(_Body):
    reason = TextField(
        required=False,
        allow_blank=True,
        help_text="Needed when the invoice is missing or says something else.",
    )


class PeriodReopen(_Body):
    reason = TextField()
    evidence = TextField(help_text="The issuer's reopening, or the company's written request.")


class PeriodGrant(_Body):
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class PeriodRefuse(_Body):
    reason = TextField()


class PeriodAdjust(_Body):
    run = serializers.UUIDField(help_text="A computed run over the closed month.")


class AdjustmentSerializer(_Body):
    batch = serializers.UUIDField()
    public_id = serializers.CharField(help_text="Of the batch that holds its lines.")


class PeriodSerializer(_Body):
    id = serializers.UUIDField()
    issuer = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after its last.")
    state = serializers.ChoiceField(PeriodState.choices)
    snapshot_digest = serializers.CharField(allow_blank=True)
    invoice_total = serializers.CharField(allow_null=True, help_text="Billed basis.")
    invoice_currency = serializers.CharField(allow_blank=True)
    gap_reason = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.UUIDField(allow_null=True)
    reopen_asked_by = serializers.UUIDField(allow_null=True)
    reopen_reason = serializers.CharField(allow_blank=True)
    reopen_evidence = serializers.CharField(allow_blank=True)
    reopened_by = serializers.UUIDField(allow_null=True)


class SumsSerializer(_Body):
    """Exact sums of one currency: ``charged`` is what the published run gave to targets."""

    currency = serializers.CharField()
    rows = serializers.IntegerField()
    billed = serializers.CharField()
    effective = serializers.CharField()
    charged_billed = serializers.CharField()
    charged_effective = serializers.CharField()


class FaultSerializer(_Body):
    code = serializers.CharField()
    detail = serializers.CharField()


class PeriodDetailSerializer(PeriodSerializer):
    run = serializers.CharField(allow_blank=True, help_text="The published run, e.g. ALC-00012.")
    batches = serializers.ListField(child=serializers.CharField())
    sums = SumsSerializer(many=True)
    gap = serializers.CharField(allow_null=True, help_text="Invoice less bill.")
    faults = FaultSerializer(many=True, help_text="What stands against closing.")
    reason_needed = serializers.CharField(allow_blank=True)


_PLAIN = (
    *("id", "issuer", "start", "end", "state", "snapshot_digest", "invoice_currency"),
    *("gap_reason", "closed_at", "reopen_reason", "reopen_evidence"),
)
_PEOPLE = ("closed_by", "reopen_asked_by", "reopened_by")


def _period(row: Shown) -> Shown:
    people = {name: row[f"{name}_id"] for name in _PEOPLE}
    total = row["invoice_total"]
    plain = {name: row[name] for name in _PLAIN}
    return {**plain, **people, "invoice_total": None if total is None else to_text(total)}


PERIOD = Reading((*_PLAIN, "invoice_total", *(f"{name}_id" for name in _PEOPLE)), _period)


def standing_body(standing: Standing) -> Shown:
    """Return what a period's own answer adds to its row."""
    charged = [
        {
            **sums.to_json(),
            "charged_billed": to_text(sums.charged_billed),
            "charged_effective": to_text(sums.charged_effective),
        }
        for sums in standing.sums
    ]
    told = [{"code": fault.code, "detail": fault.message} for fault in faults(standing)]
    return {
        "run": standing.run,
        "batches": list(standing.batches),
        "sums": charged,
        "gap": None if standing.gap is None else to_text(standing.gap),
        "faults": told,
        "reason_needed": reason_needed(standing),
    }
