"""Claims of benefit: made, decided, withdrawn; filters of the list."""

from typing import Any

from django import forms

from governance.access.kinds import Permission
from governance.costs import kinds
from governance.costs.forms.amounts import AmountField, CurrencyField
from governance.costs.forms.days import day_input
from governance.costs.models import Experiment
from governance.costs.rules.claims import ClaimFields
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, long_text
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase

LONGEST_PASSWORD = 4096
ATTEST, REJECT = "attest", "reject"


class ClaimFilter(forms.Form):
    q = forms.CharField(label="Benefit, model, use case or number", required=False, max_length=200)
    team = forms.ChoiceField(required=False, widget=PlainSelect)
    grade = forms.ChoiceField(choices=[ANY, *kinds.Grade.choices], required=False)
    state = forms.ChoiceField(choices=[ANY, *kinds.ClaimState.choices], required=False)
    model = forms.UUIDField(required=False, widget=forms.HiddenInput)
    use_case = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class ClaimForm(CatalogForm):
    """Names a model, a version or a use case; the command says when it is not one of them."""

    model = forms.ModelChoiceField(
        RegisteredModel.objects.none(),
        required=False,
        empty_label="None",
        help_text="With all its versions.",
    )
    version = forms.ModelChoiceField(
        ModelVersion.objects.none(), required=False, empty_label="None", help_text="Or one version."
    )
    use_case = forms.ModelChoiceField(
        UseCase.objects.none(),
        required=False,
        empty_label="None",
        help_text="Or a use case as a whole, where nobody can say which of its models it is.",
    )
    benefit = forms.CharField(
        max_length=200,
        help_text="Claims that share one benefit name it alike; their shares come to 1 at most.",
    )
    start = forms.DateField(label="From", widget=day_input())
    end = forms.DateField(label="To, not included", widget=day_input())
    currency = CurrencyField()
    low = AmountField(help_text="What it surely brought.")
    point = AmountField(label="Most likely")
    high = AmountField()
    share = forms.DecimalField(
        label="Share of what brings it", initial=1, max_digits=5, decimal_places=4
    )
    grade = forms.TypedChoiceField(
        choices=kinds.Grade.choices, coerce=kinds.Grade, initial=kinds.Grade.C
    )
    experiment = forms.ModelChoiceField(
        Experiment.objects.none(),
        required=False,
        empty_label="None",
        help_text="Grade A rests on a concluded experiment whose arms got their planned shares.",
    )
    method = long_text(help_text="How the amounts were worked out, so that finance can follow.")
    evidence = long_text(
        required=False, rows=2, help_text="Where the comparison can be read. Needed for grade B."
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        models = RegisteredModel.objects.living().reached_by(actor, Permission.BENEFIT_CLAIM)
        versions = ModelVersion.objects.reached_by(actor, Permission.BENEFIT_CLAIM)
        living = versions.filter(model__retired_at=None).select_related("model")
        uses = UseCase.objects.reached_by(actor, Permission.BENEFIT_CLAIM)
        done = Experiment.objects.visible_to(actor).exclude(concluded_at=None)
        offered = {
            "model": models.order_by("name"),
            "version": living.order_by("model__name", "-number"),
            "use_case": uses.order_by("name"),
            "experiment": done.order_by("-number"),
        }
        for name, rows in offered.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def subject(self) -> Subject:
        return Subject(
            **{
                f"{name}_id": row.pk if row else None
                for name, row in self.chosen("model", "version", "use_case").items()
            }
        )

    def values(self) -> ClaimFields:
        plain = ("benefit", "start", "end", "method", "currency", "low", "point", "high")
        chosen: Experiment | None = self.cleaned_data["experiment"]
        return ClaimFields(
            **self.chosen(*plain, "grade", "share", "evidence"),
            experiment_id=chosen.pk if chosen else None,
        )


class ClaimDecideForm(CatalogForm):
    """Attesting is a signature and takes the password; rejecting takes a reason."""

    choice = forms.ChoiceField(
        choices=[(ATTEST, "Attest: it counts from now on"), (REJECT, "Reject")],
        widget=forms.RadioSelect,
    )
    answer = long_text(
        label="What you checked, or why it does not hold",
        help_text="Part of the record for good.",
    )
    password = forms.CharField(
        label="Your password, as your signature",
        required=False,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Needed to attest.",
    )


class ClaimWithdrawForm(CatalogForm):
    reason = long_text(label="Why it is taken back")
