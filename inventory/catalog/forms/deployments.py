"""Where a version runs, and when it stopped."""

from decimal import Decimal
from typing import Any

from django import forms

from governance.kernel.actor import Actor
from inventory.catalog.forms.base import CatalogForm, long_text
from inventory.catalog.models import ModelVersion
from inventory.catalog.rules.fields import DeploymentFields


def _moment(**options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, help_text="In UTC.", **options)


class DeploymentForm(CatalogForm):
    target = forms.CharField(max_length=200, help_text="The service or job, e.g. scoring-eu.")
    valid_from = _moment(label="Since")
    traffic_share = forms.DecimalField(
        label="Share of traffic (%)",
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal(100),
        initial=Decimal(100),
    )
    consumers = long_text(required=False, rows=2, help_text="Who or what reads the scores.")
    rollback_target = forms.ModelChoiceField(
        ModelVersion.objects.none(), required=False, empty_label="None"
    )
    fallback = long_text(required=False, rows=2, help_text="What happens when it does not answer.")
    human_oversight = long_text(
        required=False, rows=2, help_text="Who can overrule it, and who may switch it off."
    )

    def __init__(self, *args: Any, actor: Actor, version: ModelVersion, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        others = version.model.versions.exclude(pk=version.pk).order_by("-number")
        field = self.fields["rollback_target"]
        field.queryset = others  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: f"Version {row.number}"  # type: ignore[attr-defined]

    def made(self) -> DeploymentFields:
        target = self.cleaned_data["rollback_target"]
        names = ("target", "valid_from", "traffic_share", "consumers", "fallback")
        return DeploymentFields(
            **self.chosen(*names, "human_oversight"),
            rollback_target_id=target.pk if target else None,
        )


class DeploymentEndForm(CatalogForm):
    ended_at = _moment(label="Until")
