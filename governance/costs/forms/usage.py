"""A file of usage, and the filters of what was recorded."""

from typing import Any

from django import forms

from governance.costs.forms.days import day_input
from governance.costs.kinds import UsageUnit
from governance.costs.rules.usage import COLUMNS, read_csv
from governance.kernel.errors import DomainError
from inventory.catalog.forms.base import ANY, CatalogForm

_MOST_BYTES = 4 * 2**20


class UsageFilter(forms.Form):
    unit = forms.ChoiceField(choices=[ANY, *UsageUnit.choices], required=False)
    origin = forms.CharField(required=False, max_length=100)
    day_from = forms.DateField(label="From", required=False, widget=day_input())
    day_to = forms.DateField(label="To", required=False, widget=day_input())
    version = forms.UUIDField(required=False, widget=forms.HiddenInput)
    model = forms.UUIDField(required=False, widget=forms.HiddenInput)


class UsageFileForm(CatalogForm):
    """``cleaned_data["file"]`` is the rows as text."""

    file = forms.FileField(
        label="CSV file", help_text=f"Columns: {', '.join(COLUMNS)}; other columns are passed over."
    )

    def clean_file(self) -> list[dict[str, str]]:
        upload: Any = self.cleaned_data["file"]
        if upload.size > _MOST_BYTES or getattr(upload, "beyond_cap", False):
            raise forms.ValidationError(f"At most {_MOST_BYTES // 2**20} MB; send it in parts.")
        try:
            return read_csv(upload.read())
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
