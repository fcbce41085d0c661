"""Pools made by hand, what tags call a target, and its retirement; filters of the list."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.models import User
from governance.costs import kinds
from governance.costs.forms.days import day_input
from governance.costs.models import Target
from governance.costs.rules.targets import LONGEST_ALIAS, MOST_ALIASES
from governance.kernel.actor import Actor
from inventory.catalog.forms.base import ANY, CatalogForm, PlainSelect, offer_people, split_words

_STATES = [ANY, ("in_use", "In use"), ("retired", "Retired")]


class TargetFilter(forms.Form):
    q = forms.CharField(label="Name or key", required=False, max_length=200)
    kind = forms.ChoiceField(choices=[ANY, *kinds.TargetKind.choices], required=False)
    phase = forms.ChoiceField(choices=[ANY, *kinds.Phase.choices], required=False)
    team = forms.ChoiceField(required=False, widget=PlainSelect)
    state = forms.ChoiceField(choices=_STATES, required=False)
    model = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = [ANY, *teams]  # type: ignore[attr-defined]


class PoolForm(CatalogForm):
    name = forms.CharField(max_length=300, help_text="What the money in it was spent on.")
    slug = forms.CharField(
        label="Short name", max_length=60, help_text="Its key will be pool/… and never changes."
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), empty_label=None, help_text="Who answers for what stays in it."
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        offer_people(self, Permission.COST_RULE_EDIT, "owner")
        self.fields["owner"].initial = actor.id


class TargetForm(CatalogForm):
    """A pool's name, an owner, and the names by which tags call the target."""

    aliases: Mapping[str, str] = {"aliases": "called"}
    name = forms.CharField(max_length=300)
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")
    called = forms.CharField(
        label="What tags call it",
        required=False,
        max_length=(LONGEST_ALIAS + 2) * MOST_ALIASES,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Separate by commas or lines. Compared without case; one name, one target.",
    )

    def __init__(self, *args: Any, actor: Actor, row: Target, **options: Any) -> None:
        options["initial"] = {
            "name": row.name,
            "owner": row.owner_id,
            "called": ", ".join(row.aliases),
        }
        super().__init__(*args, actor=actor, **options)
        offer_people(self, Permission.COST_RULE_EDIT, "owner")
        if row.kind != kinds.TargetKind.POOL:  # called as the inventory calls it
            del self.fields["name"]

    def values(self) -> dict[str, Any]:
        owner: User | None = self.cleaned_data["owner"]
        named = {"name": self.cleaned_data["name"]} if "name" in self.fields else {}
        aliases = list(split_words(self.cleaned_data["called"]))
        return {**named, "owner_id": owner.pk if owner else None, "aliases": aliases}


class RetireForm(CatalogForm):
    on = forms.DateField(
        label="From the day",
        widget=day_input(),
        help_text="Charges of earlier days stay here.",
    )
    successor = forms.CharField(
        label="Later charges go to",
        required=False,
        max_length=200,
        help_text="The key of another target, such as MDL-00042/v4/serve. Without one they stay "
        "unallocated, with the reason.",
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        self.fields["on"].initial = timezone.localdate()


def person_id(form: CatalogForm, name: str = "owner") -> UUID | None:
    person: User | None = form.cleaned_data[name]
    return person.pk if person else None
