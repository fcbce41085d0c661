"""Make a development root and seal key: ``manage.py init_signing``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.documents.sealing import make_keys
from reports.signing.keys import KeyFileError


class Command(BaseCommand):
    help = "Makes a DEVELOPMENT root and seal key; refuses to overwrite one."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            made = make_keys()
        except KeyFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(made.message)
        self.stdout.write(f"  root {made.root}\n  key  {made.key}\n  SHA-256 {made.fingerprint}")
