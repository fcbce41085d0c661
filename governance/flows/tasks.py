"""Tasks: the one that the ledger sends after every event and the clock every few seconds, and the
one that holds use, approval and money against each other.
"""

from celery import shared_task

from governance.flows import commands, watching
from governance.flows.kinds import ADVANCE, WATCH_COSTS


@shared_task(name=ADVANCE)
def advance() -> None:
    commands.advance()


@shared_task(name=WATCH_COSTS)
def watch_costs() -> None:
    watching.watch()
