"""Celery's door to reports."""

from uuid import UUID

from celery import current_app, shared_task

from governance.kernel.actor import system_actor
from reports.documents import commands, production
from reports.documents.kinds import PRODUCE, QUEUE, SWEEP
from reports.documents.models import Report


@shared_task(name=PRODUCE, queue=QUEUE, soft_time_limit=540, time_limit=580)
def produce(report_id: str) -> None:
    production.produce_report(UUID(report_id))


@shared_task(name=SWEEP)
def sweep() -> None:
    """Send again what was lost between commit and broker, and end what was tried too often."""
    for report in Report.objects.exhausted():
        reason = "The worker died three times while making this report."
        commands.fail_report(actor=system_actor(), report_id=report.pk, reason=reason)
    for key in Report.objects.overdue().values_list("pk", flat=True):
        current_app.send_task(PRODUCE, args=[str(key)], queue=QUEUE)
