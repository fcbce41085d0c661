"""What the invoice says, why a period is closed or opened again, and who says so."""

from collections.abc import Mapping
from typing import Any

from django import forms

from governance.costs.forms.amounts import CurrencyField
from governance.costs.forms.days import day_input
from governance.costs.forms.signing import SigningForm, password_field
from governance.costs.kinds import PeriodState
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, long_text


class PeriodFilter(forms.Form):
    issuer = forms.ChoiceField(required=False, widget=PlainSelect)
    state = forms.ChoiceField(choices=[ANY, *PeriodState.choices], required=False)
    day = forms.DateField(label="Of the day", required=False, widget=day_input())

    def __init__(self, *args: Any, issuers: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [ANY, *((issuer, issuer) for issuer in issuers)]
        self.fields["issuer"].choices = choices  # type: ignore[attr-defined]


class InvoiceForm(CatalogForm):
    number = forms.CharField(
        label="Invoice",
        required=False,
        max_length=200,
        help_text="Its number as in the bill (InvoiceId). Empty: all invoices of the currency.",
    )
    total = forms.CharField(
        label="Its total",
        max_length=60,
        help_text="As printed, without separators of thousands: 1250.40.",
    )
    currency = CurrencyField()


class CloseForm(CatalogForm):
    reason = long_text(
        label="Why it is closed although something is open",
        required=False,
        help_text="Needed when the invoice is missing or says something else.",
    )


class AskForm(CatalogForm):
    reason = long_text(label="Why it has to be opened again")
    evidence = long_text(
        rows=2,
        label="Evidence",
        help_text="The issuer's own reopening, or the company's written request to the issuer.",
    )


class GrantForm(SigningForm):
    password = password_field()


class RefuseForm(CatalogForm):
    aliases: Mapping[str, str] = {"reason": "why"}

    why = long_text(rows=2, label="Why it stays closed")
