"""Upload a data file: ``manage.py upload_data FILE --dataset ID --role reference --as EMAIL``.

With ``--new-dataset FILE.yaml`` the dataset is made in the same step: both are kept, or neither.
"""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, checked, person_of, read_fields, refusal, team_of
from governance.kernel.actor import Actor
from governance.kernel.errors import DomainError
from inventory.catalog import commands as catalog
from inventory.catalog.kinds import DataRole
from inventory.catalog.management.shared import one_of, opened
from inventory.catalog.models import Dataset, DatasetVersion
from inventory.catalog.rules.fields import DatasetFields, DataVersionFields
from inventory.catalog.serializers.things import DatasetCreate


class Command(BaseCommand):
    help = "Keeps a data file as a dataset's next version and prints its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=DataRole.values)
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--dataset", help="its id, its number (DAT-00001) or its name")
        place.add_argument("--new-dataset", type=Path, metavar="FILE", help="YAML: its fields")
        parser.add_argument("--window-start", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--window-end", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--sha256", help="what the file must have, else nothing is kept")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        try:
            with opened(options["file"]) as upload:
                received = _receive(actor, upload, options)
        except DomainError as error:
            raise refusal(error) from error
        row, known = received.row, "" if received.fresh else ", here already"
        dataset = row.dataset
        self.stdout.write(f"{dataset.public_id} {dataset.pk}: {dataset.name}")
        self.stdout.write(f"data {row.pk}: version {row.number}, {row.get_role_display()}{known}")
        self.stdout.write(f"SHA-256 {row.digest}")


def _receive(
    actor: Actor, upload: "UploadedFile[Any]", options: dict[str, Any]
) -> catalog.Received[DatasetVersion]:
    fields = DataVersionFields(options["role"], options["window_start"], options["window_end"])
    sha256 = options["sha256"]
    if options["new_dataset"] is None:
        parent = one_of(Dataset.objects.visible_to(actor), options["dataset"], "dataset")
        return catalog.receive_dataset_version(
            actor=actor, dataset_id=parent.pk, fields=fields, upload=upload, sha256=sha256
        )
    values = checked(DatasetCreate, read_fields(options["new_dataset"]))
    team = team_of(values.pop("team"))
    values["owner_id"] = values.pop("owner", None)
    return catalog.receive_dataset(
        actor=actor,
        team_id=team.pk,
        fields=DatasetFields(**values),
        first=fields,
        upload=upload,
        sha256=sha256,
    )
