"""What people type or drop on the report pages."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reports.documents import readings
from reports.documents.kinds import ReportState
from reports.documents.verification import MAX_BYTES, too_large


class ReportFilter(forms.Form):
    q = forms.CharField(label="Model or report", required=False, max_length=100)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any"), *ReportState.choices]
    )


class CostReportForm(forms.Form):
    """The month, currency and team of a cost report; choices are what is published."""

    month = forms.ChoiceField(label="Month")
    currency = forms.ChoiceField(label="Currency")
    team = forms.ChoiceField(label="Covers", required=False)

    def __init__(self, data: Any, choices: readings.CostChoices) -> None:
        super().__init__(data)
        for name in ("month", "currency", "team"):
            field: Any = self.fields[name]
            field.choices = getattr(choices, name)


class VerifyForm(forms.Form):
    """A file to verify, or the short code printed on its first page."""

    file = forms.FileField(label="Report (PDF)", required=False)
    code = forms.CharField(
        label="Short code",
        required=False,
        max_length=20,
        help_text="The eight characters beside the QR code on the first page.",
    )

    def clean_file(self) -> "UploadedFile[Any] | None":
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and too_large(file):
            raise forms.ValidationError(
                f"Reports are smaller than {MAX_BYTES // 2**20} MB, so this is not one of ours."
            )
        return file

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("file") and not values.get("code"):
            raise forms.ValidationError("Drop a PDF here, or type the short code from its cover.")
        return values


class RecallForm(forms.Form):
    reason = forms.CharField(
        label="Why is it recalled?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Everybody who verifies the report from now on reads this.",
    )
