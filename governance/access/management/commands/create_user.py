"""Make an account: ``manage.py create_user EMAIL NAME --role risk_officer@lending``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access import commands as access
from governance.access.management.shared import role_of
from governance.access.shell import password, refusal
from governance.kernel.actor import Via, system_actor
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Creates an account. The password is read from standard input (or asked for)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            metavar="ROLE[@TEAM]",
            help="a role in a team (by its slug), or in the whole organisation without one",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = system_actor(Via.COMMAND)
        grants = [role_of(text) for text in options["role"]]
        try:
            user = access.create_user(
                actor=actor,
                email=options["email"],
                name=options["name"],
                password=password(),
            )
            for role, team in grants:
                access.grant_role(
                    actor=actor, user_id=user.pk, role=role, team_id=team.pk if team else None
                )
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{user.email} can sign in now.")
