"""Sending a bill, naming where bills come from, answering what was found, entries by hand."""

from typing import Any

from django import forms

from governance.access.kinds import Permission
from governance.access.models import User
from governance.costs import kinds
from governance.costs.commands import SourceFields
from governance.costs.forms.amounts import AmountField, CurrencyField
from governance.costs.forms.days import day_input
from governance.costs.forms.signing import SigningForm, password_field
from governance.costs.models import CostSource, Target
from governance.costs.rules.entries import COLUMNS, ENTRY_KINDS, read_csv
from governance.kernel import money
from governance.kernel.errors import DomainError
from inventory.catalog.forms.base import ANY, CatalogForm, long_text, offer_people

BILL_ACCEPT = ".csv,.gz,.parquet,text/csv,application/gzip"
_MOST_BYTES = 4 * 2**20


class BatchFilter(forms.Form):
    q = forms.CharField(label="Number or file name", required=False, max_length=200)
    source = forms.ModelChoiceField(
        queryset=CostSource.objects.none(), required=False, empty_label="Any"
    )
    state = forms.ChoiceField(choices=[ANY, *kinds.BatchState.choices], required=False)

    def __init__(self, *args: Any, sources: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]


class BatchForm(CatalogForm):
    source = forms.ModelChoiceField(queryset=CostSource.objects.none(), empty_label=None)
    file = forms.FileField(label="FOCUS file")
    sha256 = forms.CharField(label="SHA-256", required=False, max_length=100)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sources = CostSource.objects.visible_to(self.actor)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]


class SourceForm(CatalogForm):
    aliases = {"owner": "owner"}
    name = forms.CharField(max_length=100)
    kind = forms.ChoiceField(choices=kinds.SourceKind.choices)
    issuer = forms.CharField(
        max_length=200, required=False, help_text="Who bills, where a file names nobody."
    )
    delivery = forms.ChoiceField(choices=kinds.Delivery.choices)
    date_order = forms.ChoiceField(
        choices=kinds.DateOrder.choices, required=False, label="Dates with slashes"
    )
    settlement_days = forms.IntegerField(
        min_value=0, max_value=90, initial=3, help_text="Days until a day's costs are complete."
    )
    floor = forms.CharField(
        max_length=60, initial="0", help_text="Refused rows with more money stop a batch."
    )
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_people(self, Permission.COST_IMPORT, "owner")

    def clean_floor(self) -> int:
        try:
            return money.from_text(self.cleaned_data["floor"].strip())[0]
        except ValueError as error:
            raise forms.ValidationError("This is no number; write it like 12.50.") from error

    def made(self) -> SourceFields:
        owner = self.cleaned_data["owner"]
        names = ("name", "kind", "issuer", "delivery", "date_order", "settlement_days", "floor")
        return SourceFields(owner_id=owner.pk if owner else None, **self.chosen(*names))


class AnswerForm(CatalogForm):
    """Why a batch is refused, or made current again."""

    reason = long_text(label="Why?")


class AcceptForm(SigningForm):
    """Why a batch is taken in spite of what was found, and the password of who takes it."""

    reason = long_text(label="Why?")
    password = password_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, auto_id="accept_%s", **options)


class EntryForm(CatalogForm):
    target = forms.CharField(
        max_length=200, help_text="A target's key, such as MDL-00042/v3/train or pool/gpu."
    )
    kind = forms.ChoiceField(choices=list(ENTRY_KINDS.items()))
    start = forms.DateField(label="From", widget=day_input())
    end = forms.DateField(label="Last day", required=False, widget=day_input())
    currency = CurrencyField()
    amount = forms.CharField(max_length=60, required=False, help_text="Or hours and a rate.")
    hours = forms.CharField(max_length=60, required=False)
    rate = forms.CharField(max_length=60, required=False, label="Rate an hour")
    note = forms.CharField(max_length=1000, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        keys = Target.objects.visible_to(self.actor).order_by("key").values_list("key", flat=True)
        self.targets = list(keys[:500])
        self.fields["target"].widget.attrs["list"] = "targets"

    def rows(self) -> list[dict[str, str]]:
        """Return the entry as the command takes it: plain text by column."""
        given = self.cleaned_data
        return [{name: str(given[name] or "") for name in COLUMNS}]


class EntryFileForm(CatalogForm):
    """``cleaned_data["file"]`` is the rows as text."""

    file = forms.FileField(label="CSV file", help_text=f"Columns: {', '.join(COLUMNS)}.")

    def clean_file(self) -> list[dict[str, str]]:
        upload: Any = self.cleaned_data["file"]
        if upload.size > _MOST_BYTES or getattr(upload, "beyond_cap", False):
            raise forms.ValidationError(f"At most {_MOST_BYTES // 2**20} MB; send it in parts.")
        try:
            return read_csv(upload.read())
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


class ComputeRateForm(CatalogForm):
    start = forms.DateField(label="From", widget=day_input())
    amount = AmountField(label="An hour costs")
    currency = CurrencyField()
    origin = forms.CharField(
        label="Where it comes from", max_length=200, help_text="The machine's price, for instance."
    )


class RateForm(CatalogForm):
    day = forms.DateField(widget=day_input())
    base = forms.CharField(label="One", max_length=3, min_length=3)
    target = forms.CharField(label="in", max_length=3, min_length=3)
    rate = forms.CharField(max_length=60)
    origin = forms.CharField(label="Published by", max_length=200)

    def clean_rate(self) -> int:
        try:
            return money.from_text(self.cleaned_data["rate"].strip())[0]
        except ValueError as error:
            raise forms.ValidationError("This is no number; write it like 1.0832.") from error
