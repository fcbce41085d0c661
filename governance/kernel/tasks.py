"""Work that follows a write: enqueued by name, after the transaction has committed.

The database row is the truth and the message is an id. When the broker is away the row stays, the
sweeper of the app sends it again, and the user's request does not fail.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def enqueue(name: str, *args: str | int, queue: str = "default") -> None:
    """Send task ``name`` with plain ``args`` once the present transaction has committed."""
    transaction.on_commit(lambda: _send(name, args, queue))


def _send(name: str, args: tuple[Any, ...], queue: str) -> None:
    try:
        current_app.send_task(name, args=args, queue=queue, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever the broker has, the write has happened
        # Kept: the row says what is due, and a sweep sends it again.
        logger.warning("task not sent", extra={"task": name, "error": str(error)})
