"""Create a version of a model: ``manage.py create_version FILE.yaml --as EMAIL``.

The file holds the API's fields of a version. What earlier steps made (``--model``, ``--artifact``,
``--training-data``) may be named beside it, so that one file serves every version.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, checked, person_of, read_fields, refusal
from governance.kernel.errors import DomainError
from inventory.catalog import commands as catalog
from inventory.catalog.management.shared import one_of
from inventory.catalog.models import RegisteredModel
from inventory.catalog.rules.fields import VersionFields
from inventory.catalog.serializers.made import VersionCreate

_MADE_BEFORE = ("artifact", "training_data")
_KEYS = (*_MADE_BEFORE, "environment", "predecessor")


class Command(BaseCommand):
    help = "Creates a model's next version out of what was uploaded, and prints its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="YAML or JSON")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--model", help="its id, its number (MDL-00001) or its name")
        parser.add_argument("--artifact", metavar="ID")
        parser.add_argument("--training-data", metavar="ID", help="dataset version")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        said = read_fields(options["file"])
        said |= {name: options[name] for name in (*_MADE_BEFORE, "model") if options[name]}
        if said.get("model"):
            models = RegisteredModel.objects.visible_to(actor)
            said["model"] = str(one_of(models, said["model"], "model").pk)
        values = checked(VersionCreate, said)
        model_id = values.pop("model")
        fields = {f"{name}_id" if name in _KEYS else name: v for name, v in values.items()}
        try:
            row = catalog.create_version(
                actor=actor, model_id=model_id, fields=VersionFields(**fields)
            )
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"version {row.pk}: {row}")
        self.stdout.write(f"Content {row.content_digest()}")
