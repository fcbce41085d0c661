"""Take a role away: ``manage.py revoke_role EMAIL risk_officer@lending``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access import commands as access
from governance.access.management.shared import role_of
from governance.access.models import Membership, User
from governance.access.shell import refusal
from governance.kernel.actor import Via, system_actor
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Takes a role away from a person, in a team or in the whole organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", metavar="ROLE[@TEAM]")

    def handle(self, *_args: Any, **options: Any) -> None:
        role, team = role_of(options["role"])
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        held = Membership.objects.filter(user=user, role=role, team=team).first() if user else None
        if held is None:
            raise CommandError(f"{options['email']!r} does not hold {options['role']}.")
        try:
            access.revoke_role(actor=system_actor(Via.COMMAND), membership_id=held.pk)
        except DomainError as error:
            raise refusal(error) from error
        self.stdout.write(f"{held.user.email} holds {options['role']} no more.")
