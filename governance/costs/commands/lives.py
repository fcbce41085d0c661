"""How long a version is meant to be used, said by those who own the model or answer for it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import words
from governance.costs.kinds import Kind
from governance.costs.models import PlannedLife
from governance.costs.rules.lives import check_days
from governance.kernel.actor import Actor
from governance.kernel.canonical import digest
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.models import ModelVersion
from inventory.catalog.rules.fields import require_living


@transaction.atomic(durable=True)
def state_life(*, actor: Actor, version_id: UUID, days: int, reason: str) -> PlannedLife:
    """State a version's planned life, in days from its first; it holds from today on.

    The same days again change nothing. Raises ``RuleBroken`` for a life that would be over, and
    ``Conflict`` for a retired model.
    """
    version = ModelVersion.objects.locked(version_id)
    permissions.require(actor, Permission.PLANNED_LIFE_STATE, version, view=Permission.COST_VIEW)
    require_living(version.model.retired_at)
    why = words("reason", reason, "Say what the life rests on.")
    check_days(days, timezone.localdate(version.created_at), timezone.localdate())
    known = PlannedLife.objects.filter(version=version).order_by("stated_at", "id").last()
    if known is not None and known.days == days:
        return known
    row = PlannedLife.objects.create(version=version, days=days, reason=why, stated_by_id=actor.id)
    ledger.append(
        actor=actor,
        kind=Kind.LIFE_STATED,
        subject=Subject("costs.planned_life", row.pk),
        body={
            "version": str(version.pk),
            "days": days,
            "was": known.days if known else None,
            "reason_digest": digest(why),
        },
    )
    return row
