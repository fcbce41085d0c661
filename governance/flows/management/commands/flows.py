"""List what follows an event and how far each has come: ``manage.py flows [--advance]``."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.flows import commands as flows
from governance.flows.querysets import overview
from governance.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Lists the reactions with their cursors; exits with 1 while one of them is failing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--advance", action="store_true", help="let them catch up first")
        parser.add_argument("--retry", metavar="REACTION", help="try a failed one again at once")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["retry"]:
            try:
                flows.retry_now(options["retry"])
            except DomainError as error:
                raise CommandError(error.message) from error
        if options["advance"] or options["retry"]:
            self.stdout.write(f"{flows.advance()} events done.")
        lines = overview()
        for line in lines:
            self.stdout.write(f"{line.name:<20} {line.state:<8} at #{line.seq:<8} {line.does}")
            if line.error:
                self.stdout.write(f"{'':<20} failed {line.failures} times: {line.error}")
        if any(line.failures for line in lines):
            sys.exit(1)
