"""Make a team (business unit): ``manage.py create_team lending "Retail lending"``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access import commands as access
from governance.access.shell import refusal
from governance.kernel.actor import Via, system_actor
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Creates a team. Things are owned by teams, and roles are held in them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            team = access.create_team(
                actor=system_actor(Via.COMMAND), slug=options["slug"], name=options["name"]
            )
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"team {team.slug} made")
