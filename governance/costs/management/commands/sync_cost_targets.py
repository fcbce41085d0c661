"""Make the targets that the inventory calls for: ``manage.py sync_cost_targets``.

Targets of new teams, use cases, models and versions are made as they come; this makes those of
what was there before, and is safe to repeat.
"""

from typing import Any

from django.core.management.base import BaseCommand

from governance.costs import commands as costs
from governance.kernel.actor import Via, system_actor


class Command(BaseCommand):
    help = "Makes a cost target for all in the inventory that has none yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        made = costs.ensure_targets(actor=system_actor(Via.COMMAND))
        self.stdout.write(f"{made} cost targets made.")
