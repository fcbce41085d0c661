"""Filters of the case list; they live in the address."""

from collections.abc import Mapping
from typing import Any

from django import forms

from governance.access.models import Team
from governance.approvals.kinds import CaseState
from governance.approvals.querysets import ApprovalCaseQuerySet
from governance.costs.forms.days import day_input
from governance.kernel.actor import Actor
from governance.kernel.ids import number_in

_ANY = [("", "Any")]
_TIERS = [(str(n), f"Tier {n}") for n in range(1, 5)]


def _teams() -> list[tuple[str, str]]:
    return [*_ANY, *((slug, name) for slug, name in Team.objects.values_list("slug", "name"))]


class CaseFilter(forms.Form):
    q = forms.CharField(label="Model or case", required=False, max_length=200)
    state = forms.ChoiceField(choices=[*_ANY, *CaseState.choices], required=False)
    tier = forms.ChoiceField(choices=[*_ANY, *_TIERS], required=False)
    team = forms.ChoiceField(required=False)
    waiting = forms.BooleanField(label="Waits on me", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = _teams()  # type: ignore[attr-defined]


class BurdenFilter(forms.Form):
    start = forms.DateField(label="From", required=False, widget=day_input())
    end = forms.DateField(label="To", required=False, widget=day_input())
    team = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = _teams()  # type: ignore[attr-defined]


def filtered(
    rows: ApprovalCaseQuerySet, values: Mapping[str, Any], actor: Actor
) -> ApprovalCaseQuerySet:
    """Return the rows that the filter form (cleaned) asks for."""
    if values.get("waiting"):
        rows = rows.waiting_on(actor)
    if text := values.get("q"):
        if (number := number_in(text, "APR", bare=True)) is not None:
            rows = rows.filter(number=number)
        else:
            rows = rows.filter(version__model__name__icontains=text)
    for name, path in (
        ("state", "state"),
        ("tier", "tier"),
        ("team", "version__model__team__slug"),
    ):
        if value := values.get(name):
            rows = rows.filter(**{path: value})
    return rows
