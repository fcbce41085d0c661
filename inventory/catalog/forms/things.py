"""Use cases, models and datasets."""

from typing import Any

from django import forms

from governance.access.kinds import Permission
from governance.access.models import User
from governance.kernel.actor import Actor
from inventory.catalog import kinds
from inventory.catalog.forms.base import (
    ANY,
    CatalogForm,
    PlainSelect,
    TeamChoice,
    long_text,
    offer_people,
    offer_teams,
    remember_revision,
    split_words,
)
from inventory.catalog.models import RegisteredModel, UseCase
from inventory.catalog.rules.fields import ModelFields, UseCaseFields

_USE_CASE = ("name", "decision", "autonomy", "exposure", "purpose", "reach", "affected_persons")
_MODEL = ("name", "kind", "complexity", "intended_use", "prohibited_uses", "boundaries")


class UseCaseForm(CatalogForm):
    team = TeamChoice(help_text="The unit that answers for the decision.")
    name = forms.CharField(max_length=200)
    decision = long_text(
        label="Decision", help_text="Which decision is taken with the model's help?"
    )
    affected_persons = long_text(
        label="Persons affected", required=False, rows=2, help_text="Who feels it when it is wrong?"
    )
    autonomy = forms.ChoiceField(choices=kinds.Autonomy.choices)
    exposure = forms.ChoiceField(
        choices=kinds.Exposure.choices, help_text="What is at stake in a year."
    )
    purpose = forms.ChoiceField(choices=kinds.Purpose.choices)
    reach = forms.ChoiceField(choices=kinds.Reach.choices)
    personal_data = forms.BooleanField(required=False, label="Uses personal data")
    jurisdictions = forms.CharField(
        required=False, max_length=2000, help_text="Separate by commas."
    )
    regimes = forms.CharField(
        required=False, max_length=2000, help_text="Rules that bind it, e.g. SR 26-2, EU AI Act."
    )
    sponsor = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")

    def __init__(
        self, *args: Any, actor: Actor, row: UseCase | None = None, **options: Any
    ) -> None:
        if row is not None:
            options["initial"] = _initial(row, _USE_CASE) | {
                "personal_data": row.personal_data,
                "jurisdictions": ", ".join(row.jurisdictions),
                "regimes": ", ".join(row.regimes),
                "sponsor": row.sponsor_id,
            }
        super().__init__(*args, actor=actor, **options)
        offer_people(self, Permission.USE_CASE_EDIT, "sponsor")
        if row is not None:
            del self.fields["team"]
            remember_revision(self, row.revision)
        else:
            offer_teams(self, Permission.USE_CASE_CREATE)

    def values(self) -> dict[str, Any]:
        sponsor = self.cleaned_data["sponsor"]
        return self.chosen(*_USE_CASE, "personal_data") | {
            "jurisdictions": split_words(self.cleaned_data["jurisdictions"]),
            "regimes": split_words(self.cleaned_data["regimes"]),
            "sponsor_id": sponsor.pk if sponsor else None,
        }

    def made(self) -> UseCaseFields:
        return UseCaseFields(**self.values())


class ModelForm(CatalogForm):
    """Short first: what a gate needs later is asked when it needs it."""

    aliases = {"use_case_id": "use_case", "owner_id": "owner"}

    team = TeamChoice(help_text="The unit that builds and maintains the model.")
    name = forms.CharField(max_length=200, help_text="Unique among the models in use.")
    use_case = forms.ModelChoiceField(
        UseCase.objects.none(), empty_label="Choose", help_text="The decision that it serves."
    )
    kind = forms.ChoiceField(choices=kinds.ModelClass.choices, label="Class", initial="ml")
    complexity = forms.ChoiceField(choices=kinds.Complexity.choices, initial="complex")
    owner = forms.ModelChoiceField(User.objects.none(), empty_label=None)
    intended_use = long_text(help_text="What it is for, in the words of those who use it.")
    prohibited_uses = long_text(required=False, rows=2, help_text="What it must not be used for.")
    boundaries = long_text(required=False, rows=2, help_text="Where it may be relied on.")
    limitations = long_text(required=False, rows=2, help_text="What is known not to work well.")

    def __init__(
        self, *args: Any, actor: Actor, row: RegisteredModel | None = None, **options: Any
    ) -> None:
        if row is not None:
            kept = {"use_case": row.use_case_id, "owner": row.owner_id}
            options["initial"] = _initial(row, (*_MODEL, "limitations")) | kept
        super().__init__(*args, actor=actor, **options)
        offered = UseCase.objects.visible_to(actor).order_by("name")
        self.fields["use_case"].queryset = offered  # type: ignore[attr-defined]
        offer_people(self, Permission.MODEL_EDIT, "owner")
        if row is not None:
            del self.fields["team"]
            remember_revision(self, row.revision)
        else:
            offer_teams(self, Permission.MODEL_REGISTER)
            self.fields["owner"].initial = actor.id

    def values(self) -> dict[str, Any]:
        keys = {
            "use_case_id": self.cleaned_data["use_case"].pk,
            "owner_id": self.cleaned_data["owner"].pk,
        }
        return self.chosen(*_MODEL, "limitations") | keys

    def made(self) -> ModelFields:
        return ModelFields(**self.values())


class RetireForm(CatalogForm):
    reason = long_text(help_text="Part of the record for good.")


class ShareForm(CatalogForm):
    email = forms.EmailField(
        label="E-mail address", help_text="The person will see this model, its runs and reports."
    )

    def person(self) -> User | None:
        email = self.cleaned_data["email"]
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            self.add_error("email", "Nobody with this address has an account here.")
        return found


def _initial(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


class ThingFilter(forms.Form):
    q = forms.CharField(required=False, label="Name or number", max_length=200)
    team = forms.ChoiceField(required=False, widget=PlainSelect)

    def __init__(self, *args: Any, actor: Actor, teams: list[tuple[str, str]], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.actor = actor
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class PortfolioFilter(ThingFilter):
    kind = forms.ChoiceField(
        required=False,
        label="Class",
        choices=[ANY, *kinds.ModelClass.choices],
        widget=PlainSelect,
    )
    use_case = forms.ChoiceField(required=False, widget=PlainSelect)
    owner = forms.ChoiceField(required=False, widget=PlainSelect)

    def __init__(
        self,
        *args: Any,
        use_cases: list[tuple[str, str]],
        owners: list[tuple[str, str]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["use_case"].choices = [ANY, *use_cases]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [ANY, *owners]  # type: ignore[attr-defined]
