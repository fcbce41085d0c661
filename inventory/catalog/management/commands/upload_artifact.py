"""Upload a model file: ``manage.py upload_artifact FILE --team SLUG --as EMAIL``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access.shell import actor_of, person_of, refusal, team_of
from governance.kernel.errors import DomainError
from inventory.catalog import commands as catalog
from inventory.catalog.management.shared import opened


class Command(BaseCommand):
    help = "Keeps a model file for a team and prints its id; a worker looks into it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--team", required=True, metavar="SLUG")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--sha256", help="what the file must have, else nothing is kept")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor, team = actor_of(person_of(options["email"])), team_of(options["team"])
        try:
            with opened(options["file"]) as upload:
                received = catalog.receive_artifact(
                    actor=actor, team_id=team.pk, upload=upload, sha256=options["sha256"]
                )
        except DomainError as error:
            raise refusal(error) from error
        row, known = received.row, "" if received.fresh else ", here already"
        kind = row.get_format_display()
        self.stdout.write(f"artifact {row.pk}: {kind}, {row.size} bytes{known}")
        self.stdout.write(f"SHA-256 {row.digest}")
