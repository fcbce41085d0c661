"""Money typed into a form: exact, or not taken."""

from typing import Any

from django import forms

from governance.costs.querysets.published import usual_currency
from governance.kernel import money
from governance.kernel.money import MINOR_UNITS
from inventory.catalog.forms.base import PlainSelect

_CURRENCIES = [(code, code) for code in sorted(MINOR_UNITS)]
_LONGEST = 60


class AmountField(forms.CharField):
    """An amount in a currency's own unit; gives units of 10⁻¹⁸, never a float."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=_LONGEST, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            units, left = money.from_text(text)
        except ValueError as error:
            plain = "Write a plain number such as 1250.50, without thousands' marks."
            raise forms.ValidationError(plain) from error
        if left:
            raise forms.ValidationError("At most 18 decimals.")
        return units


class CurrencyField(forms.ChoiceField):
    """A currency in use; the one most bills are in is offered first."""

    def __init__(self, **options: Any) -> None:
        choices = [("", "Choose"), *_CURRENCIES]
        super().__init__(choices=choices, initial=usual_currency, widget=PlainSelect, **options)
