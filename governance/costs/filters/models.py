"""At which models the table of their money looks."""

from typing import Any

from django import forms

from governance.costs.filters.money import CurrencyText
from inventory.catalog.forms.base import ANY, PlainSelect

Choices = list[tuple[str, str]]


class ModelFilter(forms.Form):
    """``teams`` and ``projects`` are those of models whose costs the reader may see."""

    team = forms.ChoiceField(required=False, widget=PlainSelect)
    project = forms.ChoiceField(label="Use case", required=False, widget=PlainSelect)
    currency = CurrencyText()

    def __init__(self, *args: Any, teams: Choices, projects: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]
        self.fields["project"].choices = [ANY, *projects]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
