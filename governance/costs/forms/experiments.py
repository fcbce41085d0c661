"""Experiments: planned, observed, concluded; filters of the list."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from governance.access.kinds import Permission
from governance.costs.commands import ExperimentFields
from governance.costs.forms.days import day_input
from governance.costs.rules import experiments as rules
from governance.costs.rules.experiments import MEANS, SHARES, Design
from governance.kernel.actor import Actor
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, long_text
from inventory.catalog.models import ModelVersion, RegisteredModel

_STATES = [ANY, ("running", "Running"), ("concluded", "Concluded")]
_ARM = {SHARES: ("n", "successes"), MEANS: ("n", "mean", "sd")}
_LABELS = {"n": "units", "successes": "successes", "mean": "mean", "sd": "standard deviation"}
_PERCENT = Decimal(100)


class ExperimentFilter(forms.Form):
    q = forms.CharField(label="Name, model or number", required=False, max_length=200)
    team = forms.ChoiceField(required=False, widget=PlainSelect)
    state = forms.ChoiceField(choices=_STATES, required=False)
    model = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class ExperimentForm(CatalogForm):
    model = forms.ModelChoiceField(RegisteredModel.objects.none(), empty_label="Choose")
    version = forms.IntegerField(
        required=False, min_value=1, help_text="The version on trial, by its number."
    )
    name = forms.CharField(max_length=200)
    hypothesis = long_text(help_text="What is expected, and what would speak against it.")
    started_on = forms.DateField(
        label="Starts on",
        widget=day_input(),
        help_text="Today or later: it is registered before it runs.",
    )
    measure = forms.CharField(max_length=200, help_text="For example: loans paid back in time.")
    kind = forms.ChoiceField(label="What is compared", choices=rules.KINDS)
    unit = forms.CharField(
        label="What is assigned", max_length=100, help_text="Customers, branches, requests …"
    )
    planned_n = forms.IntegerField(label="Planned units in all", min_value=rules.FEWEST_PLANNED)
    baseline = forms.DecimalField(
        label="Expected of the control",
        help_text="Its share of successes between 0 and 1, or a mean's standard deviation.",
    )
    control = forms.CharField(label="Name of the control", max_length=100, initial="control")
    treatment = forms.CharField(label="Name of the treated", max_length=100, initial="treatment")
    control_share = forms.DecimalField(
        label="Control's share, in percent", initial=50, min_value=0, max_value=100
    )
    looks = forms.IntegerField(
        label="Readings announced", initial=1, min_value=1, max_value=rules.MOST_LOOKS
    )
    alpha = forms.TypedChoiceField(
        label="Level", choices=[(str(a), str(a)) for a in rules.ALPHAS], coerce=Decimal
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        offered = RegisteredModel.objects.living().reached_by(actor, Permission.BENEFIT_CLAIM)
        self.fields["model"].queryset = offered.order_by("name")  # type: ignore[attr-defined]
        self.fields["started_on"].initial = timezone.localdate()
        self.fields["alpha"].initial = "0.05"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        number, model = values.get("version"), values.get("model")
        values["version_id"] = None
        if number and model:
            found = ModelVersion.objects.filter(model=model, number=number).first()
            if found is None:
                self.add_error("version", "The model has no such version.")
            values["version_id"] = found.pk if found else None
        return values

    def values(self) -> ExperimentFields:
        asked = self.cleaned_data
        plain = ("measure", "kind", "unit", "planned_n", "baseline", "control", "treatment")
        design = Design(
            **self.chosen(*plain, "looks", "alpha"),
            control_share=asked["control_share"] / _PERCENT,
        )
        known = self.chosen("name", "hypothesis", "started_on", "version_id")
        return ExperimentFields(design=design, **known)


class LookForm(CatalogForm):
    note = long_text(label="What was looked at, and why", rows=2)


class ObserveForm(CatalogForm):
    """What each arm gave; its fields are those of the design."""

    def __init__(
        self, *args: Any, actor: Actor, design: Design, known: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, actor=actor, **options)
        self.design = design
        for place, arm in enumerate(design.arms):
            for part in _ARM[design.kind]:
                whole = part in {"n", "successes"}
                kind = forms.IntegerField if whole else forms.FloatField
                label = f"{arm}: {_LABELS[part]}"
                field = kind(label=label, initial=known.get(arm, {}).get(part))
                self.fields[f"{part}-{place}"] = field

    def observed(self) -> dict[str, dict[str, Any]]:
        return {
            arm: {part: self.cleaned_data[f"{part}-{place}"] for part in _ARM[self.design.kind]}
            for place, arm in enumerate(self.design.arms)
        }


class ConcludeForm(CatalogForm):
    ended_on = forms.DateField(label="Ended on", widget=day_input())

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        self.fields["ended_on"].initial = timezone.localdate()
