"""Money that no bill tells of: entered by hand, and from then on a batch like any other."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.receiving import ReceivedBatch, record_received
from governance.costs.commands.sources import source_by_hand
from governance.costs.kinds import Delivery, PeriodState
from governance.costs.models import BillingPeriod, ImportBatch, Target
from governance.costs.rules import entries as rules
from governance.costs.rules.months import next_month
from governance.kernel.actor import Actor
from governance.kernel.canonical import sha256_hex
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.ids import new_id
from inventory.catalog import storage

BY_HAND = "Entered by hand"


def record_entries(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> ReceivedBatch:
    """Take entries (plain text by column) as one batch of the source for them.

    Raises ``RuleBroken`` naming each row that cannot be taken; then nothing is kept.
    """
    permissions.require_everywhere(actor, Permission.COST_IMPORT)
    entries = rules.read_entries(rows)
    _require_targets(entries)
    _require_open(entries)
    key = new_id()
    content = rules.as_bill(entries, BY_HAND, str(key))
    row = ImportBatch(
        source=source_by_hand(actor, BY_HAND),
        file_name=f"entries-{timezone.now():%Y-%m-%d-%H%M}.csv",
        digest=sha256_hex(content),
        size=len(content),
        delivery=Delivery.APPEND,
        received_by_id=actor.id,
    )
    storage.keep(SimpleUploadedFile("entries.csv", content), row.digest)
    with transaction.atomic(durable=True):
        return record_received(actor, row)


def _require_targets(entries: Sequence[rules.Entry]) -> None:
    wanted = {entry.target for entry in entries}
    known = set(Target.objects.filter(key__in=wanted).values_list("key", flat=True))
    if missing := sorted(wanted - known):
        message = f"There is no such target: {', '.join(missing[:5])}."
        raise RuleBroken("no-such-target", message, errors={"target": [message]})


def _require_open(entries: Sequence[rules.Entry]) -> None:
    months = {entry.month for entry in entries}
    if max(months) > next_month(timezone.localdate()):
        message = f"{max(months):%Y-%m} is later than next month; plan it in a budget."
        raise RuleBroken("future-period", message, errors={"start": [message]})
    closed = BillingPeriod.objects.filter(state=PeriodState.CLOSED, issuer=BY_HAND)
    if found := closed.filter(start__in=months).first():
        message = f"{found.month} is closed; enter it with a day of an open month."
        raise Conflict("period-closed", message, errors={"start": [message]})
