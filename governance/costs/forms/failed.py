"""The days that the page of failed work looks at."""

from django import forms

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FailedFilter(forms.Form):
    start = forms.DateField(label="From", required=False, widget=_DAY)
    end = forms.DateField(label="To", required=False, widget=_DAY)
