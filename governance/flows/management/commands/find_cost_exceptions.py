"""Hold use, approval and spend against each other now: ``manage.py find_cost_exceptions``."""

from typing import Any

from django.core.management.base import BaseCommand

from governance.flows import watching


class Command(BaseCommand):
    help = "Opens exceptions, savings and stuck work that use, approval and spend tell of."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{watching.watch()} opened or seen again.")
