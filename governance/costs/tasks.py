"""Celery's side of costs: an id in, a command called."""

from uuid import UUID

from celery import shared_task

from governance.costs import allocating, closing, filing, importing, telling, watching
from governance.costs import commands as costs
from governance.costs.kinds import ALLOCATE, EXPORT, IMPORT, QUEUE, SWEEP, TELL, WATCH
from governance.kernel.actor import system_actor

_HARD_LIMIT = 7000  # below the broker's patience


@shared_task(name=IMPORT, queue=QUEUE, time_limit=_HARD_LIMIT)
def import_bill(batch_id: str) -> None:
    importing.import_batch(UUID(batch_id))


@shared_task(name=ALLOCATE, queue=QUEUE, time_limit=_HARD_LIMIT)
def allocate(run_id: str) -> None:
    allocating.allocate(UUID(run_id))
    closing.finish_closings()


@shared_task(name=EXPORT, queue=QUEUE, time_limit=_HARD_LIMIT)
def export(export_id: str) -> None:
    filing.write_export(UUID(export_id))


@shared_task(name=SWEEP, queue=QUEUE)
def sweep() -> None:
    """Send again what was lost between commit and broker, or with a worker."""
    costs.sweep_batches(actor=system_actor())
    costs.sweep_allocations(actor=system_actor())
    costs.sweep_exports(actor=system_actor())
    costs.sweep_alerts(actor=system_actor())
    closing.finish_closings()


@shared_task(name=WATCH, queue=QUEUE)
def watch() -> None:
    watching.watch()


@shared_task(name=TELL, queue=QUEUE)
def tell(budget_id: str) -> None:
    telling.tell_crossings(UUID(budget_id))
