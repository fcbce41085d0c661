"""Celery's side of costs: an id in, a command called."""

from celery import shared_task

from governance.costs import watching
from governance.costs.kinds import QUEUE, WATCH


@shared_task(name=WATCH, queue=QUEUE)
def watch() -> None:
    watching.watch()
