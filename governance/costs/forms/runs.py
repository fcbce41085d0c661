"""What people say of runs: which month to share out, which ones to see."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from governance.costs import kinds

ANY = ("", "Any")


class RunForm(forms.Form):
    """``months`` are those with accepted bills."""

    month = forms.TypedChoiceField(label="Month", coerce=dt.date.fromisoformat)

    def __init__(self, *args: Any, months: Sequence[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(month.isoformat(), f"{month:%B %Y}") for month in months]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]


class RunFilter(forms.Form):
    state = forms.ChoiceField(choices=[ANY, *kinds.CostRunState.choices], required=False)
