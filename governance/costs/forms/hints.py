"""Answers to what money tells; filters of the lists."""

from typing import Any

from django import forms

from governance.costs import kinds
from governance.costs.forms.days import day_input
from governance.costs.querysets.value import EXCEPTIONS
from governance.costs.rules.hints import SEVERITIES
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, long_text

WAITING = "waiting"
_STATES = [
    (WAITING, "Waiting"),
    *((state.value, state.label) for state in kinds.HintState if state != kinds.HintState.OPEN),
    ("any", "Any"),
]
_ANSWERS = [
    (kinds.HintState.ACCEPTED, "Accept: it will be seen to"),
    (kinds.HintState.SNOOZED, "Put it off until a day"),
    (kinds.HintState.CLOSED, "Close it"),
]


class HintFilter(forms.Form):
    """Of savings and stuck work; neither asks for a person."""

    team = forms.ChoiceField(required=False, widget=PlainSelect)
    state = forms.ChoiceField(choices=_STATES, required=False)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class ExceptionFilter(HintFilter):
    q = forms.CharField(label="In the title", required=False, max_length=200)
    kind = forms.ChoiceField(
        choices=[ANY, *((kind.value, kind.label) for kind in EXCEPTIONS)], required=False
    )
    severity = forms.ChoiceField(
        choices=[ANY, *((one, one.capitalize()) for one in SEVERITIES.values())], required=False
    )


class HintAnswerForm(CatalogForm):
    answer = forms.TypedChoiceField(
        choices=_ANSWERS, coerce=kinds.HintState, widget=forms.RadioSelect
    )
    reason = long_text(help_text="Part of the record for good.")
    until = forms.DateField(
        label="Put off until",
        required=False,
        widget=day_input(),
        help_text="Only when you put it off.",
    )


class CoachingForm(CatalogForm):
    text = long_text(label="Note", required=False, rows=6, help_text="Leave it empty to erase it.")
