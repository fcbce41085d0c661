"""Asking for an approval, speaking on one, closing its conditions."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from governance.approvals.kinds import Choice
from governance.approvals.models import ApprovalCase
from governance.approvals.querysets import people
from governance.approvals.rules.words import MAX_CONDITIONS, MAX_TEXT, NewCondition, Words
from governance.kernel.errors import DomainError

BLANK_ROWS = 3
_LONGEST_STATEMENT = 200_000
_LONGEST_PASSWORD = 4096


class OpenForm(forms.Form):
    request = forms.CharField(
        label="What is asked for, and why",
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Who will use it, for which decision, from when. The reviewers read this first.",
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why it is withdrawn", max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )


class MeetForm(forms.Form):
    note = forms.CharField(
        label="What shows that it is met",
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Name the evidence, so that somebody else can follow it.",
    )


class DecideForm(forms.Form):
    statement = forms.CharField(
        widget=forms.HiddenInput, max_length=_LONGEST_STATEMENT, required=False
    )
    choice = forms.ChoiceField(choices=Choice.choices, widget=forms.RadioSelect, label="Choice")
    reason = forms.CharField(
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Part of the record for good; the auditor reads it.",
    )
    override = forms.CharField(
        label="Why in favour, although an opinion is against",
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    password = forms.CharField(
        label="Your password, as your signature",
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_statement(self) -> dict[str, Any]:
        return read_statement(self.cleaned_data["statement"])

    def words(self, conditions: tuple[NewCondition, ...]) -> Words:
        values = self.cleaned_data
        choice = Choice(values["choice"])
        return Words(choice, values["reason"], values["override"], conditions)


_WHOLE = {"required": "Fill in the whole row, or leave it blank."}


class ConditionForm(forms.Form):
    """One row; left blank it is no condition."""

    text = forms.CharField(
        label="What has to be done",
        max_length=MAX_TEXT,
        error_messages=_WHOLE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    owner = forms.TypedChoiceField(label="Who sees to it", coerce=UUID, error_messages=_WHOLE)
    due_on = forms.DateField(
        label="By", error_messages=_WHOLE, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, data: Mapping[str, Any] | None, prefix: str, owners: list[tuple[str, str]]
    ) -> None:
        super().__init__(data, prefix=prefix, empty_permitted=True, use_required_attribute=False)
        self.fields["owner"].choices = [("", "Choose"), *owners]  # type: ignore[attr-defined]
        tomorrow = timezone.localdate() + timedelta(days=1)
        self.fields["due_on"].widget.attrs["min"] = tomorrow.isoformat()

    def condition(self) -> NewCondition | None:
        if not self.has_changed():
            return None
        values = self.cleaned_data
        return NewCondition(values["text"], values["owner"], values["due_on"])


class Rows:
    """The rows of conditions: three blank ones, more on demand, and everything typed kept."""

    COUNT = "rows"
    MORE = "more"

    def __init__(self, case: ApprovalCase, data: Mapping[str, Any] | None = None) -> None:
        owners = [
            (str(key), name) for key, name in people.reachable(case).values_list("pk", "name")
        ]
        count = BLANK_ROWS if data is None else _count(data.get(self.COUNT))
        if data is not None and self.MORE in data:
            count += BLANK_ROWS
        self.count = min(count, MAX_CONDITIONS)
        self.forms = [
            ConditionForm(data, f"condition-{number}", owners) for number in range(self.count)
        ]

    def is_valid(self) -> bool:
        faulty = [form for form in self.forms if not form.is_valid()]
        return not faulty

    def conditions(self) -> tuple[NewCondition, ...]:
        found = [form.condition() for form in self.forms]
        return tuple(condition for condition in found if condition is not None)


def read_statement(text: str) -> dict[str, Any]:
    """Return the statement as it was shown; nothing for anything else, which signs nothing."""
    try:
        seen = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return seen if isinstance(seen, dict) else {}


def tell(form: forms.Form, error: DomainError) -> None:
    """Write a refusal into the form: at its fields where it names them, above them otherwise."""
    named = {name: why for name, why in error.errors.items() if name in form.fields}
    for name, reasons in named.items():
        for reason in reasons:
            form.add_error(name, reason)
    for name in error.errors:
        if name not in named and name != "statement":
            for reason in error.errors[name]:
                form.add_error(None, reason)
    if not form.errors:
        form.add_error(None, error.message)


def _count(raw: Any) -> int:
    text = str(raw or "")
    whole = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_CONDITIONS))
    return max(int(text), BLANK_ROWS) if whole else BLANK_ROWS
