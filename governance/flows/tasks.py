"""The task that the ledger sends after every event, and the clock every few seconds."""

from celery import shared_task

from governance.flows import commands
from governance.flows.kinds import ADVANCE


@shared_task(name=ADVANCE)
def advance() -> None:
    commands.advance()
