"""A new version: its artifact, data and environment, and what it takes and gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from audits.engine.plan import Task
from governance.kernel.actor import Actor
from governance.kernel.errors import RuleBroken
from inventory.catalog import kinds
from inventory.catalog.forms.base import CatalogForm, long_text
from inventory.catalog.models import (
    Artifact,
    DatasetVersion,
    Environment,
    ModelVersion,
    RegisteredModel,
)
from inventory.catalog.rules.fields import VersionFields

_USES = (
    ("", "Not used"),
    ("number", "Feature: number"),
    ("category", "Feature: category"),
    ("boolean", "Feature: yes or no"),
    ("target", "Target"),
)
_BY_TYPE = {"number": "number", "text": "category", "boolean": "boolean"}
_MOST = 200


class PlainJson(forms.JSONField):
    """A JSON field that shows nothing, rather than ``null``, before something is typed."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the training data and its two fields."""

    name: str
    type: str
    nulls: int
    use: BoundField
    protected: BoundField


class VersionForm(CatalogForm):
    """``data`` is the training data whose columns are offered; without it one pastes JSON."""

    aliases = {
        "artifact_id": "artifact",
        "training_data_id": "training_data",
        "features": "signature_json",
        "signature": "signature_json",
        "sha256": "file",
    }

    artifact = forms.ModelChoiceField(
        Artifact.objects.none(), required=False, empty_label="The file below"
    )
    file = forms.FileField(required=False, label="Model file", allow_empty_file=True)
    training_data = forms.ModelChoiceField(
        DatasetVersion.objects.none(), required=False, widget=forms.HiddenInput
    )
    environment = forms.ModelChoiceField(
        Environment.objects.none(), required=False, empty_label="Not recorded"
    )
    change_type = forms.ChoiceField(choices=kinds.ChangeType.choices, label="Change")
    predecessor = forms.ModelChoiceField(
        ModelVersion.objects.none(), required=False, empty_label="None", label="Follows"
    )
    change_note = long_text(required=False, rows=2, label="What changed")
    code_reference = forms.CharField(
        max_length=500, required=False, help_text="Commit, tag or notebook that made it."
    )
    parameters = PlainJson(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    task = forms.ChoiceField(
        choices=[("classification", "Classification"), ("regression", "Regression")]
    )
    positive_label = forms.CharField(
        required=False,
        max_length=200,
        help_text="Classification: the label whose probability it gives.",
    )
    threshold = forms.FloatField(
        required=False, initial=0.5, min_value=0, max_value=1, help_text="The score that says yes."
    )
    favourable = forms.BooleanField(
        required=False, initial=True, label="The positive label is what the person wants"
    )
    signature_json = PlainJson(
        required=False,
        label="Signature as JSON",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Filled in, it takes the place of the columns above.",
    )

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        model: RegisteredModel,
        before: ModelVersion | None,
        data: DatasetVersion | None,
        **options: Any,
    ) -> None:
        super().__init__(*args, actor=actor, **options)
        self.columns: Sequence[dict[str, Any]] = data.columns if data else []
        self._offer(actor, model, before, data)
        known = before.signature if before else {}
        self._begin_with(known)
        self._add_columns(known)

    def _offer(
        self,
        actor: Actor,
        model: RegisteredModel,
        before: ModelVersion | None,
        data: DatasetVersion | None,
    ) -> None:
        mine = Artifact.objects.filter(team_id=model.team_id).visible_to(actor)
        readable = mine.exclude(inspection=kinds.Inspection.UNREADABLE).order_by("-created_at")
        offered = {
            "artifact": readable,
            "environment": Environment.objects.visible_to(actor).order_by("-created_at"),
            "predecessor": model.versions.order_by("-number"),
            "training_data": DatasetVersion.objects.visible_to(actor),
        }
        for name, rows in offered.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        for name in ("artifact", "environment", "predecessor"):
            self.fields[name].label_from_instance = _LABELS[name]  # type: ignore[attr-defined]
        self.fields["training_data"].initial = data.pk if data else None
        self.fields["predecessor"].initial = before.pk if before else None
        self.fields["environment"].initial = before.environment_id if before else None
        self.fields["change_type"].initial = "retrain" if before else "initial"

    def _begin_with(self, known: dict[str, Any]) -> None:
        for name in ("task", "positive_label", "threshold", "favourable"):
            if known.get(name) is not None:
                self.fields[name].initial = known[name]
        if known and not self.columns:
            self.fields["signature_json"].initial = known

    def _add_columns(self, known: dict[str, Any]) -> None:
        """Two fields a column; what the version before said of it is what they begin with."""
        kind_of = {column["name"]: column["kind"] for column in known.get("features", ())}
        for i, column in enumerate(self.columns):
            name = column["name"]
            usual = "" if known else _BY_TYPE.get(column["type"], "")
            first = "target" if name == known.get("target") else kind_of.get(name, usual)
            self.fields[f"use_{i}"] = forms.ChoiceField(
                choices=_USES,
                required=False,
                initial=first,
                label=f"Use of {name}",
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )
            self.fields[f"protected_{i}"] = forms.BooleanField(
                required=False,
                label=f"{name} is protected",
                initial=name in known.get("protected", ()),
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )

    def column_rows(self) -> Iterator[ColumnRow]:
        for i, column in enumerate(self.columns):
            use, protected = self[f"use_{i}"], self[f"protected_{i}"]
            yield ColumnRow(column["name"], column["type"], column["nulls"], use, protected)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("artifact") and not given.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose an artifact that is here, or give a file.")
        return given

    def signature(self) -> Any:
        """Return the signature as JSON, pasted or put together; raises ``RuleBroken``."""
        if pasted := self.cleaned_data["signature_json"]:
            return pasted
        if not self.columns:
            message = "Choose training data to mark its columns, or paste the signature."
            raise RuleBroken("no-signature", message, errors={"signature": [message]})
        uses = {c["name"]: self.cleaned_data[f"use_{i}"] for i, c in enumerate(self.columns)}
        targets = [name for name, use in uses.items() if use == "target"]
        if len(targets) != 1:
            message = f"Mark one column as the target; {len(targets)} are marked."
            raise RuleBroken("no-target", message)
        return self._assembled(uses, targets[0])

    def _assembled(self, uses: dict[str, str], target: str) -> dict[str, Any]:
        features = [
            {"name": name, "kind": use} for name, use in uses.items() if use not in {"", "target"}
        ]
        protected = [
            c["name"] for i, c in enumerate(self.columns) if self.cleaned_data[f"protected_{i}"]
        ]
        made = {**self.chosen("task", "favourable"), "features": features, "target": target}
        made["protected"] = protected
        if made["task"] == Task.CLASSIFICATION:
            threshold = self.cleaned_data["threshold"]
            made["positive_label"] = self.cleaned_data["positive_label"]
            made["threshold"] = 0.5 if threshold is None else threshold
        return made

    def made(self, artifact: Artifact) -> VersionFields:
        """Raises ``RuleBroken`` when the signature cannot be put together."""
        keys: dict[str, Any] = {
            f"{name}_id": getattr(self.cleaned_data[name], "pk", None)
            for name in ("training_data", "environment", "predecessor")
        }
        return VersionFields(
            artifact_id=artifact.pk,
            signature=self.signature(),
            parameters=self.cleaned_data["parameters"] or {},
            **keys,
            **self.chosen("change_type", "change_note", "code_reference"),
        )

    def keep(self, artifact: Artifact) -> None:
        """Show a received file as the artifact chosen, so that nobody uploads it twice."""
        typed = self.data.dict() if isinstance(self.data, QueryDict) else dict(self.data)
        self.data = {**typed, self.add_prefix("artifact"): str(artifact.pk)}


class TrainingDataForm(forms.Form):
    """Which data the version learnt from: its columns are offered next."""

    training_data = forms.ChoiceField(required=False, label="Training data")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = DatasetVersion.objects.visible_to(actor).select_related("dataset")
        readable = rows.filter(inspection=kinds.Inspection.READABLE).order_by("-created_at")
        choices = [(str(row.pk), _data_label(row)) for row in readable[:_MOST]]
        self.fields["training_data"].choices = [  # type: ignore[attr-defined]
            ("", "Not recorded here"),
            *choices,
        ]


class CompareForm(forms.Form):
    a = forms.ChoiceField(label="Version")
    b = forms.ChoiceField(label="Against")

    def __init__(self, *args: Any, numbers: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("a", "b"):
            choices = [(str(number), f"Version {number}") for number in numbers]
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def _data_label(row: DatasetVersion) -> str:
    role = kinds.DataRole(row.role).label
    return f"{row.dataset.name} v{row.number} ({role}, {row.rows:,} rows)"


def _artifact_label(row: Artifact) -> str:
    name = row.file_name or "unnamed"
    return f"{name} · {kinds.ArtifactFormat(row.format).label} · {row.digest[:12]}"


_LABELS = {
    "artifact": _artifact_label,
    "environment": lambda row: f"{row.name} · {row.lock_digest[:12]}",
    "predecessor": lambda row: f"Version {row.number}",
}
