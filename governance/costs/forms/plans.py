"""Setting, changing and deciding budgets; known events; answers to days that stand out; filters."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from governance.costs import kinds
from governance.costs.forms.amounts import AmountField, CurrencyField
from governance.costs.forms.days import day_input
from governance.costs.forms.signing import SigningForm, password_field
from governance.costs.models import Budget, Target
from governance.costs.models.plans import DEFAULT_THRESHOLDS
from governance.costs.rules.answers import ANSWERS, LONGEST_LINK
from governance.costs.rules.budgets import HIGHEST_PERCENT, Plan
from governance.costs.rules.events import LONGEST_LABEL, Known
from governance.kernel.actor import Actor
from governance.kernel.money import to_text
from inventory.catalog.forms.base import (
    ANY,
    CatalogForm,
    PlainSelect,
    long_text,
    remember_revision,
)

EVENT_ROWS = 3
_ONE = dt.timedelta(days=1)
_DIGITS = 4
_NOTE = 2000


class TeamFilter(forms.Form):
    q = forms.CharField(label="Target", required=False, max_length=200)
    team = forms.ChoiceField(required=False, widget=PlainSelect)
    model = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class BudgetFilter(TeamFilter):
    state = forms.ChoiceField(choices=[ANY, *kinds.BudgetState.choices], required=False)
    currency = forms.CharField(required=False, max_length=3)


class ForecastFilter(TeamFilter):
    scored = forms.ChoiceField(
        choices=[ANY, ("yes", "Scored"), ("no", "Days still to come")], required=False
    )
    target = forms.UUIDField(required=False, widget=forms.HiddenInput)


class AnomalyFilter(TeamFilter):
    state = forms.ChoiceField(choices=[ANY, *kinds.AnomalyState.choices], required=False)
    phase = forms.ChoiceField(choices=[ANY, *kinds.Phase.choices], required=False)
    day_from = forms.DateField(label="From", required=False, widget=day_input())
    day_to = forms.DateField(label="To", required=False, widget=day_input())


class TargetKeyForm(CatalogForm):
    """A form about one target, named by its key as bills and rules name it."""

    target = forms.CharField(
        max_length=200,
        help_text="Its key: MDL-00042, MDL-00042/v3/serve, UC-00007, team/credit, organisation.",
    )

    def clean_target(self) -> Target:
        key = self.cleaned_data["target"].strip()
        found = Target.objects.visible_to(self.actor).filter(key=key).first()
        if found is None:
            raise forms.ValidationError("There is no target of this key that you may see.")
        return found


class PlanFields(CatalogForm):
    """What a budget is; ``end`` is shown as its last day, which people count in."""

    start = forms.DateField(label="First day", widget=day_input())
    last = forms.DateField(label="Last day", widget=day_input())
    amount = AmountField()
    currency = CurrencyField()
    basis = forms.ChoiceField(
        choices=kinds.Basis.choices,
        initial=kinds.Basis.EFFECTIVE,
        help_text="Effective spreads prepayments over their use. Billed is what is invoiced: bills "
        "count in their billing month, so the budget covers whole months.",
    )
    thresholds = forms.CharField(
        label="Tell at",
        max_length=100,
        initial=", ".join(map(str, DEFAULT_THRESHOLDS)),
        help_text="Percent of the amount that was spent, separated by commas.",
    )
    forecast_threshold = forms.IntegerField(
        label="Tell at, by forecast",
        min_value=1,
        max_value=HIGHEST_PERCENT,
        initial=100,
        help_text="Percent of the amount that will be spent by the last day.",
    )
    note = forms.CharField(
        required=False,
        max_length=_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What it rests on; whoever approves reads this first.",
    )
    aliases: Mapping[str, str] = {"end": "last"}

    def clean_thresholds(self) -> tuple[int, ...]:
        parts = [part.strip(" %") for part in self.cleaned_data["thresholds"].split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts):
            raise forms.ValidationError("Whole numbers between commas, such as 50, 80, 100.")
        return tuple(int(part) for part in parts)

    def plan(self) -> Plan:
        names = ("start", "currency", "basis", "amount", "thresholds", "forecast_threshold")
        return Plan(end=self.cleaned_data["last"] + _ONE, **self.chosen(*names))


class BudgetForm(TargetKeyForm, PlanFields):
    """A new budget."""


class ChangeForm(PlanFields):
    """A new version; starts from the one that it changes."""

    def __init__(self, *args: Any, actor: Actor, row: Budget, **options: Any) -> None:
        options["initial"] = {
            "start": row.start,
            "last": row.end - _ONE,
            "amount": to_text(row.amount),
            "currency": row.currency,
            "basis": row.basis,
            "thresholds": ", ".join(map(str, row.thresholds)),
            "forecast_threshold": row.forecast_threshold,
        }
        super().__init__(*args, actor=actor, **options)
        self.fields["note"].label, self.fields["note"].required = "Why it changes", True
        remember_revision(self, row.revision)


class TransferForm(CatalogForm):
    """Money from one budget in force to another; ``taker`` offers what it can go to."""

    taker = forms.ChoiceField(label="To", widget=PlainSelect)
    amount = AmountField()
    note = forms.CharField(label="Why", max_length=_NOTE, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, actor: Actor, takers: list[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, actor=actor, **options)
        self.fields["taker"].choices = takers  # type: ignore[attr-defined]

    def taker_id(self) -> UUID:
        return UUID(self.cleaned_data["taker"])


class DecideForm(SigningForm):
    verdict = forms.ChoiceField(
        choices=[("approve", "Approve"), ("reject", "Turn down")], widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label="What you say to it",
        required=False,
        max_length=_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed when you turn it down.",
    )
    password = password_field()


class ForecastForm(TargetKeyForm):
    currency = CurrencyField()
    basis = forms.ChoiceField(choices=kinds.Basis.choices, initial=kinds.Basis.EFFECTIVE)


class EventForm(forms.Form):
    """One known event; left blank it is none."""

    label = forms.CharField(label="What will happen", max_length=LONGEST_LABEL)
    start = forms.DateField(label="From", widget=day_input())
    last = forms.DateField(label="To", widget=day_input())
    daily = AmountField(label="Amount a day", help_text="Below 0 for a saving.")

    def known(self) -> Known | None:
        if not self.has_changed():
            return None
        made = self.cleaned_data
        return Known(made["label"], made["start"], made["last"] + _ONE, made["daily"])


def event_forms(data: Mapping[str, Any] | None) -> list[EventForm]:
    options: dict[str, Any] = {"empty_permitted": True, "use_required_attribute": False}
    return [EventForm(data, prefix=f"event-{place}", **options) for place in range(EVENT_ROWS)]


class AnswerForm(CatalogForm):
    state = forms.ChoiceField(
        label="It is",
        choices=[(state.value, state.label) for state in ANSWERS],
        widget=forms.RadioSelect,
    )
    explanation = long_text(
        label="What happened", required=False, help_text="Needed unless you only acknowledge it."
    )
    link = forms.CharField(
        required=False,
        max_length=LONGEST_LINK,
        help_text="Of the change, the run or the case that explains it. Explained needs one.",
    )
