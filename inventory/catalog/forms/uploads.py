"""Forms that carry a file: data, lock files."""

from typing import Any

from django import forms

from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.errors import RuleBroken
from inventory.catalog import kinds
from inventory.catalog.forms.base import CatalogForm, TeamChoice, long_text, offer_teams
from inventory.catalog.models import Dataset
from inventory.catalog.rules.environments import LARGEST_LOCK
from inventory.catalog.rules.fields import DatasetFields, DataVersionFields, EnvironmentFields

MOST_OFFERED = 300
DATA_ACCEPT = ".parquet,.csv,.jsonl,.ndjson"
_DIGEST_HELP = "If you know it: the upload is refused when what arrives is something else."


class DataFileForm(CatalogForm):
    """A data file: the next version of a dataset that is here."""

    role = forms.ChoiceField(
        choices=kinds.DataRole.choices,
        initial="reference",
        help_text="Reference: what a model is accepted on. Current: what it is held against.",
    )
    window_start = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    window_end = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date"})
    )
    sha256 = forms.CharField(
        required=False, max_length=64, label="Expected SHA-256", help_text=_DIGEST_HELP
    )
    file = forms.FileField(
        label="Data file", allow_empty_file=True, help_text="Parquet, CSV or JSON lines."
    )

    def version_fields(self) -> DataVersionFields:
        return DataVersionFields(**self.chosen("role", "window_start", "window_end"))


class NewDatasetForm(DataFileForm):
    """A data file with the dataset that it begins."""

    aliases = {"owner_id": "team"}

    team = TeamChoice(help_text="The unit that answers for the data.")
    name = forms.CharField(max_length=200)
    sensitivity = forms.ChoiceField(choices=kinds.Sensitivity.choices, initial="internal")
    description = long_text(required=False, rows=2)
    licence = forms.CharField(max_length=200, required=False)
    source = forms.CharField(
        max_length=500, required=False, help_text="Where it was taken from, and how."
    )
    known_gaps = long_text(required=False, rows=2, help_text="Who or what is missing in it.")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        offer_teams(self, Permission.DATASET_CREATE)

    def dataset_fields(self) -> DatasetFields:
        names = ("name", "sensitivity", "description", "licence", "source", "known_gaps")
        return DatasetFields(**self.chosen(*names))


class DatasetChoiceForm(forms.Form):
    """Which dataset the file is a version of."""

    dataset = forms.ChoiceField(required=False, label="Dataset")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = Dataset.objects.reached_by(actor, Permission.DATASET_CREATE).order_by("name")
        choices = [(str(row.pk), str(row)) for row in offered[:MOST_OFFERED]]
        field = self.fields["dataset"]
        field.choices = [("", "A new dataset"), *choices]  # type: ignore[attr-defined]


class EnvironmentForm(CatalogForm):
    team = TeamChoice()
    name = forms.CharField(max_length=200, help_text="E.g. training-2026 or scoring-service.")
    lock = forms.FileField(
        label="Lock file",
        help_text="requirements.txt with hashes, best from pip-compile --generate-hashes or uv.",
    )
    python = forms.CharField(max_length=40, required=False, label="Python")
    os = forms.CharField(max_length=100, required=False, label="Operating system")
    image_digest = forms.CharField(
        max_length=100, required=False, help_text="sha256:… of the container image."
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        offer_teams(self, Permission.ENVIRONMENT_CREATE)

    def made(self) -> EnvironmentFields:
        """Raises ``RuleBroken`` for a lock that is no text or too long."""
        names = ("name", "python", "os", "image_digest")
        return EnvironmentFields(lock=self._lock_text(), **self.chosen(*names))

    def _lock_text(self) -> str:
        upload = self.cleaned_data["lock"]
        if upload.size > LARGEST_LOCK:
            raise _bad_lock("A lock file holds at most 4 MB.")
        try:
            return str(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise _bad_lock("This is not a UTF-8 text file.") from error


def _bad_lock(message: str) -> RuleBroken:
    return RuleBroken("bad-lock", message, errors={"lock": [message]})
