"""What the forms share: choices that the actor may make, and a command's refusal shown in place."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, TypeVar

from django import forms
from django.db.models import Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

from governance.access.kinds import Permission
from governance.access.models import Team, User
from governance.access.rules import scope_of
from governance.kernel.actor import Actor
from governance.kernel.errors import DomainError, Missing, NotPermitted

Done = TypeVar("Done")
ANY = ("", "Any")


class CatalogForm(forms.Form):
    """``aliases`` says which of the form's fields shows a fault that a command names otherwise."""

    aliases: Mapping[str, str] = {}

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor

    def carried_out(self, command: Callable[[], Done]) -> Done | None:
        """Return what ``command`` gives, or None when the form or the command refuses.

        A refusal stands at its field and everything typed is kept. What the actor may not do or
        see is not the form's matter and goes on.
        """
        if not self.is_valid():
            return None
        try:
            return command()
        except (NotPermitted, Missing):
            raise
        except DomainError as error:
            self.show(error)
            return None

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs: at the fields that it names, or above the form."""
        placed = False
        for name, reasons in error.errors.items():
            field = self.aliases.get(name, self.aliases.get(name.split(".")[0], name))
            known = field in self.fields
            text = " ".join(reasons) if field == name or not known else _said(name, reasons)
            self.add_error(field if known else None, text if known else f"{name}: {text}")
            placed = True
        if not placed:
            self.add_error(None, error.message)

    def chosen(self, *names: str) -> dict[str, Any]:
        """Return cleaned values by name."""
        return {name: self.cleaned_data[name] for name in names}


def _said(name: str, reasons: Iterable[str]) -> str:
    text = " ".join(reasons)
    return text if "." not in name else f"{name.split('.', 1)[1]}: {text}"


def teams_where(actor: Actor, permission: Permission) -> "QuerySet[Team]":
    """Return the teams in which the actor holds ``permission``."""
    scope = scope_of(actor, permission)
    teams = Team.objects.order_by("name")
    return teams if scope.everywhere else teams.filter(pk__in=scope.teams)


def people_in(team_ids: Iterable[uuid.UUID] | None) -> "QuerySet[User]":
    """Return active people with a role in one of the teams or in the whole organisation."""
    people = User.objects.filter(is_active=True).order_by("name")
    if team_ids is None:
        return people.filter(memberships__isnull=False).distinct()
    held = Q(memberships__team__in=list(team_ids))
    everywhere = Q(memberships__isnull=False, memberships__team=None)
    return people.filter(held | everywhere).distinct()


class PlainSelect(forms.Select):
    """A choice without groups that is written at once, as a filter may offer hundreds.

    Django renders two templates for each option.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        del renderer
        chosen = set(self.format_value(value) or ())
        options = "".join(_option(str(key), str(label), chosen) for key, label in self.choices)
        own = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        return format_html("<select{}>{}</select>", own, SafeString(options))


def _option(key: str, label: str, chosen: set[str]) -> str:
    mark = " selected" if key in chosen else ""
    return f'<option value="{escape(key)}"{mark}>{escape(label)}</option>'


class TeamChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The team that will own the thing; hidden when there is no choice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Team.objects.none(), empty_label=None, **options)


def offer_teams(form: CatalogForm, permission: Permission, name: str = "team") -> None:
    """Fill the form's team field with those in which the actor may do this."""
    field = form.fields[name]
    teams = teams_where(form.actor, permission)
    field.queryset = teams  # type: ignore[attr-defined]
    only = list(teams[:2])
    if len(only) == 1:
        field.initial, field.widget = only[0].pk, forms.HiddenInput()


def offer_people(form: CatalogForm, permission: Permission, name: str) -> None:
    """Fill a person field with those whom the actor's teams know."""
    scope = scope_of(form.actor, permission)
    people = people_in(None if scope.everywhere else scope.teams)
    form.fields[name].queryset = people  # type: ignore[attr-defined]


def remember_revision(form: CatalogForm, revision: int) -> None:
    """Carry along what was on the page, so that nobody overwrites what they have not seen."""
    form.fields["revision"] = forms.IntegerField(
        required=False, initial=revision, widget=forms.HiddenInput
    )


def split_words(text: str) -> tuple[str, ...]:
    """Return what stands between commas or on lines."""
    parts = (part.strip() for part in text.replace("\n", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def long_text(*, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": rows}), max_length=20_000, **options
    )
