"""Register a model from a file: ``manage.py register_model FILE.yaml --as EMAIL``.

The file holds ``team`` (its slug), ``use_case`` and ``model``. ``use_case`` is an id, a public id,
a name, or the fields of a use case, which is created unless the team has one of that name;
``model`` holds the model's fields. The fields are those of the API.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.models import Team
from governance.access.shell import actor_of, checked, person_of, read_fields, refusal, team_of
from governance.kernel.actor import Actor
from governance.kernel.errors import DomainError
from inventory.catalog import commands as catalog
from inventory.catalog.management.shared import one_of
from inventory.catalog.models import UseCase
from inventory.catalog.rules.fields import ModelFields, UseCaseFields
from inventory.catalog.serializers.things import ModelWrite, UseCaseWrite

_PARTS = {"team", "use_case", "model"}


class Command(BaseCommand):
    help = "Registers a model, with its use case when that is new; prints the ids of both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="YAML or JSON: team, use_case and model")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        said = read_fields(options["file"])
        if set(said) != _PARTS or not isinstance(said["model"], dict):
            raise CommandError("The file must hold team, use_case and model, and nothing else.")
        team = team_of(said["team"])
        try:
            use_case = _use_case(actor, team, said["use_case"])
            values = checked(ModelWrite, {**said["model"], "use_case": str(use_case.pk)})
            values["use_case_id"] = values.pop("use_case")
            values["owner_id"] = values.pop("owner", None)
            row = catalog.register_model(actor=actor, team_id=team.pk, fields=ModelFields(**values))
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{use_case.public_id} {use_case.pk}: {use_case.name}")
        self.stdout.write(f"{row.public_id} {row.pk}: {row.name}")


def _use_case(actor: Actor, team: Team, said: object) -> UseCase:
    visible = UseCase.objects.visible_to(actor).filter(team=team)
    if not isinstance(said, dict):
        found: UseCase = one_of(visible, said, "use case")
        return found
    values = checked(UseCaseWrite, said)
    known: UseCase | None = visible.filter(name=values["name"]).first()
    if known is not None:
        return known
    values["sponsor_id"] = values.pop("sponsor", None)
    return catalog.create_use_case(actor=actor, team_id=team.pk, fields=UseCaseFields(**values))
