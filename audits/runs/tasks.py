"""Celery's side of runs: an id in, a command called."""

import sys
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from celery.signals import worker_init, worker_process_init, worker_process_shutdown
from django.conf import settings

from audits.engine.errors import SandboxMissingError
from audits.engine.shared import close_shared_host
from audits.runs import commands as runs
from audits.runs import execution
from audits.runs.kinds import EXECUTE, QUEUE, SWEEP
from governance.kernel.actor import system_actor
from inventory.catalog.inspection import host as engine_host
from inventory.catalog.inspection import require_sandbox

# Above the sandbox' own limit, so that it acts first; below the lease and the broker's patience.
_HARD_LIMIT = settings.ASSAY_RUN_LIMIT + 240


@shared_task(name=EXECUTE, queue=QUEUE, time_limit=_HARD_LIMIT)
def execute(run_id: str) -> None:
    execution.carry_out(UUID(run_id))


@shared_task(name=SWEEP)
def sweep() -> int:
    return len(runs.sweep_runs(actor=system_actor()))


@worker_init.connect
def refuse_without_sandbox(**_: Any) -> None:
    """Stop a worker for checks at its start where it could not shut hostile files in."""
    if QUEUE in current_app.amqp.queues.consume_from:
        try:
            require_sandbox()
        except SandboxMissingError as error:
            sys.exit(f"assay: {error}")


@worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Start the engine's host in the background, in processes that will need one."""
    if QUEUE in current_app.amqp.queues.consume_from:
        try:
            engine_host().prepare()
        except SandboxMissingError:
            return  # each run then fails with this reason, where people see it


@worker_process_shutdown.connect
def cool_down(**_: Any) -> None:
    close_shared_host()
