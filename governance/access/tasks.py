"""What access does by the clock."""

from celery import shared_task

from governance.access import idempotency
from governance.access.kinds import FORGET


@shared_task(name=FORGET)
def forget() -> None:
    """Delete the answers kept for ``Idempotency-Key`` when their day is over."""
    idempotency.forget()
