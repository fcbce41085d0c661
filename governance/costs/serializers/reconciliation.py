"""Billed against shared out, as the API gives it. Amounts are text, exact."""

from typing import Any

from rest_framework import serializers

from governance.costs.kinds import Basis
from governance.costs.presentation.accounts import statements
from governance.costs.querysets.reconciliation import Reconciliation
from governance.costs.serializers.facets import MomentField, MonthField
from governance.kernel.money import to_text

_Body = serializers.Serializer[Any]
_SUMS = ("billed", "allocated", "in_pools", "unallocated", "difference")


class ReconciliationQuery(_Body):
    period = MonthField(help_text="A billing month, 2026-01.")
    as_of = MomentField()


class AccountSerializer(_Body):
    issuer = serializers.CharField()
    currency = serializers.CharField()
    basis = serializers.ChoiceField(Basis.choices)
    rows = serializers.IntegerField(help_text="Lines of bills.")
    billed = serializers.CharField(help_text="What the bills sum to.")
    allocated = serializers.CharField()
    in_pools = serializers.CharField(help_text="Left in pools that no rule shares out.")
    unallocated = serializers.CharField()
    difference = serializers.CharField(help_text="Billed less the three; 0 when all is there.")


class RefusedRowsSerializer(_Body):
    batch = serializers.CharField()
    currency = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField()
    amount = serializers.CharField(help_text="Of the rows whose amount can be read.")


class ReconciliationSerializer(_Body):
    period = serializers.CharField()
    run = serializers.CharField(allow_null=True, help_text="The published run; null before one.")
    balances = serializers.BooleanField()
    accounts = AccountSerializer(many=True)
    refused = RefusedRowsSerializer(many=True)
    later = serializers.ListField(
        child=serializers.CharField(), help_text="Bills accepted after the run was computed."
    )


def reconciliation_body(found: Reconciliation) -> dict[str, Any]:
    return {
        "period": f"{found.month:%Y-%m}",
        "run": found.run.public_id if found.run else None,
        "balances": found.run is not None and found.balances,
        "accounts": [
            {
                **{name: getattr(row, name) for name in ("issuer", "currency", "rows", *_SUMS)},
                "basis": basis,
            }
            for basis, statement in zip(found.accounts, statements(found), strict=True)
            for row in statement.rows
        ],
        "refused": [
            {
                "batch": one.batch.public_id,
                "currency": one.currency,
                "rows": one.rows,
                "amount": to_text(one.amount),
            }
            for one in found.refused
        ],
        "later": [part.batch.public_id for part in found.later],
    }
