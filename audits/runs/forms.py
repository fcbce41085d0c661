"""Asking for a run: which data the version is held against."""

from typing import Any
from uuid import UUID

from django import forms

from governance.kernel.actor import Actor
from inventory.catalog.kinds import DataRole, Inspection
from inventory.catalog.models import DatasetVersion, ModelVersion

_MOST = 300


class RunRequestForm(forms.Form):
    reference = forms.TypedChoiceField(
        coerce=UUID, help_text="What the model learnt from, or was accepted on."
    )
    current = forms.TypedChoiceField(
        coerce=UUID, help_text="What the model is held against: later or set aside data."
    )

    def __init__(self, *args: Any, actor: Actor, version: ModelVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = _offered(actor, version)
        choices = [("", "Choose"), *((str(row.pk), _label(row)) for row in self.versions)]
        for name in ("reference", "current"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["reference"].initial = _first(self.versions, version, DataRole.REFERENCE)
        self.fields["current"].initial = _first(self.versions, version, DataRole.CURRENT)


def _offered(actor: Actor, version: ModelVersion) -> list[DatasetVersion]:
    """Return the newest data that the actor may see, those of the model's own team first."""
    visible = DatasetVersion.objects.visible_to(actor).select_related("dataset")
    newest = visible.exclude(inspection=Inspection.UNREADABLE).order_by("-created_at")
    own = list(newest.filter(dataset__team_id=version.model.team_id)[:_MOST])
    rest = newest.exclude(dataset__team_id=version.model.team_id)[: _MOST - len(own)]
    return [*own, *rest]


def _label(row: DatasetVersion) -> str:
    rows = f"{row.rows:,} rows" if row.rows is not None else "being looked at"
    return f"{row.dataset.name} v{row.number} ({row.get_role_display().lower()}, {rows})"


def _first(offered: list[DatasetVersion], version: ModelVersion, role: str) -> str | None:
    trained = version.training_data_id
    if role == DataRole.REFERENCE and any(row.pk == trained for row in offered):
        return str(trained)
    return next((str(row.pk) for row in offered if row.role == role), None)
