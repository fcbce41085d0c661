"""Thresholds of budgets that were crossed: written down once, and told to people once."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.costs.commands.budgets import budget_facts, record_budget
from governance.costs.kinds import QUEUE, TELL, BudgetState, Kind
from governance.costs.models import Budget, BudgetAlert
from governance.costs.rules.budgets import Crossing
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.money import to_text
from governance.kernel.tasks import enqueue

_PATIENCE = dt.timedelta(minutes=2)


@transaction.atomic(durable=True)
def record_crossings(
    *, actor: Actor, budget_id: UUID, crossings: Sequence[Crossing]
) -> list[BudgetAlert]:
    """Note thresholds that were reached: one event, and once for each version of a budget.

    Returns what is new. The service does this as it watches; a budget never stops a model.
    """
    permissions.require_service(actor)
    row: Budget = Budget.objects.locked(budget_id)
    if row.state != BudgetState.APPROVED:
        return []
    known = set(row.alerts.values_list("measure", "threshold"))
    new = [one for one in crossings if (one.measure, one.threshold) not in known]
    made = BudgetAlert.objects.bulk_create(
        BudgetAlert(budget=row, measure=one.measure, threshold=one.threshold, amount=one.amount)
        for one in new
    )
    if made:
        told: list[Json] = [
            {"measure": one.measure, "threshold": one.threshold, "amount": to_text(one.amount)}
            for one in new
        ]
        record_budget(actor, Kind.BUDGET_CROSSED, row, {**budget_facts(row), "crossed": told})
        enqueue(TELL, str(row.pk), queue=QUEUE)
    return list(made)


@transaction.atomic(durable=True)
def claim_alerts(*, actor: Actor, budget_id: UUID) -> list[BudgetAlert]:
    """Take what nobody was told of yet; none when somebody else has it already."""
    permissions.require_service(actor)
    rows = BudgetAlert.objects.filter(budget=budget_id, told_at=None)
    found = list(rows.select_for_update().order_by("crossed_at", "threshold"))
    BudgetAlert.objects.filter(pk__in=[row.pk for row in found]).update(told_at=timezone.now())
    return found


@transaction.atomic(durable=True)
def release_alerts(*, actor: Actor, alert_ids: Collection[int]) -> None:
    """Give back what could not be told, so that it is tried again."""
    permissions.require_service(actor)
    BudgetAlert.objects.filter(pk__in=alert_ids).update(told_at=None)


@transaction.atomic(durable=True)
def sweep_alerts(*, actor: Actor) -> int:
    """Send again what waits to be told; returns for how many budgets."""
    permissions.require_service(actor)
    late = BudgetAlert.objects.filter(told_at=None, crossed_at__lt=timezone.now() - _PATIENCE)
    waiting = set(late.values_list("budget_id", flat=True)[:100])
    for budget_id in waiting:
        enqueue(TELL, str(budget_id), queue=QUEUE)
    return len(waiting)
