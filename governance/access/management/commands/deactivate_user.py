"""End somebody's access: ``manage.py deactivate_user EMAIL``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.access import commands as access
from governance.access.shell import person_of, refusal
from governance.kernel.actor import Via, system_actor
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Ends an account's sign-in, sessions and tokens; what the person did stays on record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = person_of(options["email"])
        try:
            access.deactivate_user(actor=system_actor(Via.COMMAND), user_id=user.pk)
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{user.email} can sign in no more.")
