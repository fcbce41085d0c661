"""Days as a browser's own field takes them: in ISO form, whatever the locale writes."""

from django import forms


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
