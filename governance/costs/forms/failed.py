"""The days that the page of failed work looks at."""

from django import forms

from governance.costs.forms.days import day_input


class FailedFilter(forms.Form):
    start = forms.DateField(label="From", required=False, widget=day_input())
    end = forms.DateField(label="To", required=False, widget=day_input())
