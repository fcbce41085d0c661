"""Put a policy in force: ``manage.py install_policy [FILE]``; the packaged one without a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.kernel.actor import Via, system_actor
from governance.kernel.errors import DomainError
from governance.policies import commands as policies


class Command(BaseCommand):
    help = "Installs a policy (YAML). The version in force before stays readable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=policies.DEFAULT_PACK)
        parser.add_argument(
            "--if-none", action="store_true", help="the packaged one, unless one was installed"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["if_none"]:
            version = policies.ensure_default_policy(actor=system_actor(Via.COMMAND))
            self.stdout.write(f"In force: {version} ({version.digest[:12]})")
            return
        path: Path = options["file"]
        try:
            text = path.read_text(encoding="utf-8")
            version = policies.install_policy(actor=system_actor(Via.COMMAND), text=text)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        except DomainError as error:
            places = [f"  {place}: {' '.join(why)}" for place, why in error.errors.items()]
            raise CommandError("\n".join([error.message, *places])) from error
        self.stdout.write(f"In force: {version} ({version.digest[:12]})")
