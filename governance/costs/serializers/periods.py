"""Billing periods as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from governance.costs.kinds import PeriodState
from governance.costs.rules.closing import Standing, faults
from governance.costs.rules.invoices import reason_needed, totals
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
    invoice = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Its InvoiceId; left out, the total is that of all invoices of the currency.",
    )


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


class InvoicedSerializer(_Body):
    currency = serializers.CharField()
    total = serializers.CharField()


class PeriodSerializer(_Body):
    id = serializers.UUIDField()
    issuer = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField(help_text="The day after its last.")
    state = serializers.ChoiceField(PeriodState.choices)
    issuer_state = serializers.CharField(allow_blank=True, help_text="As the issuer's file says.")
    snapshot_digest = serializers.CharField(allow_blank=True)
    invoiced = InvoicedSerializer(many=True, help_text="What is stated, billed basis.")
    gap_reason = serializers.CharField(allow_blank=True)
    closing_fault = serializers.CharField(
        allow_blank=True, help_text="What stood against the last closing, if that came to nothing."
    )
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


class HeldSerializer(_Body):
    """One invoice, or all of a currency (null), against the bill: exact sums, billed."""

    currency = serializers.CharField()
    invoice = serializers.CharField(allow_null=True, allow_blank=True)
    billed = serializers.CharField()
    stated = serializers.CharField(allow_null=True, help_text="Null: nobody has said.")
    gap = serializers.CharField(allow_null=True, help_text="Invoice less bill.")


class FaultSerializer(_Body):
    code = serializers.CharField()
    detail = serializers.CharField()


class PeriodDetailSerializer(PeriodSerializer):
    run = serializers.CharField(allow_blank=True, help_text="The published run, e.g. ALC-00012.")
    batches = serializers.ListField(child=serializers.CharField())
    sums = SumsSerializer(many=True)
    invoices = HeldSerializer(many=True, help_text="Each invoice against the bill.")
    faults = FaultSerializer(many=True, help_text="What stands against closing.")
    reason_needed = serializers.CharField(allow_blank=True)


_PLAIN = (
    *("id", "issuer", "start", "end", "state", "issuer_state", "snapshot_digest"),
    *("gap_reason", "closing_fault", "closed_at", "reopen_reason", "reopen_evidence"),
)
_PEOPLE = ("closed_by", "reopen_asked_by", "reopened_by")


def _period(row: Shown) -> Shown:
    people = {name: row[f"{name}_id"] for name in _PEOPLE}
    plain = {name: row[name] for name in _PLAIN}
    stated = [
        {"currency": currency, "total": to_text(units)}
        for currency, units in sorted(totals(row["invoices"]).items())
    ]
    return {**plain, **people, "invoiced": stated}


PERIOD = Reading((*_PLAIN, "invoices", *(f"{name}_id" for name in _PEOPLE)), _period)


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
        "invoices": [one.to_json() for one in standing.invoices],
        "faults": told,
        "reason_needed": reason_needed(standing.invoices),
    }
