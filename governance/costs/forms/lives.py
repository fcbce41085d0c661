"""How long a version is meant to be used."""

from django import forms

from governance.costs.rules.lives import LONGEST, SHORTEST
from inventory.catalog.forms.base import CatalogForm, long_text


class LifeForm(CatalogForm):
    days = forms.IntegerField(
        label="Planned life, in days",
        min_value=SHORTEST,
        max_value=LONGEST,
        help_text="From the day the version was registered.",
    )
    reason = long_text(
        help_text="What it rests on: a contract's end, a planned retraining, how fast data change."
    )
