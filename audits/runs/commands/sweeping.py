"""Finding again what was lost between a commit and a message, or with a worker."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audits.runs.kinds import EXECUTE, QUEUE
from audits.runs.models import AuditRun
from governance.access.permissions import require_service
from governance.kernel.actor import Actor
from governance.kernel.tasks import enqueue


@transaction.atomic(durable=True)
def sweep_runs(*, actor: Actor, most: int = 200) -> list[UUID]:
    """Send again what no worker may know of; returns the ids.

    A message too many does no harm, since a claim succeeds once. The pauses between sendings of
    one run double, so that a long queue is not filled with copies of itself.
    """
    require_service(actor)
    now = timezone.now()
    lost = AuditRun.objects.lost(now).order_by("requested_at").values_list("pk", flat=True)
    found = list(lost[:most])
    AuditRun.objects.filter(pk__in=found).update(sent_at=now, sends=F("sends") + 1)
    for run_id in found:
        enqueue(EXECUTE, str(run_id), queue=QUEUE)
    return found
