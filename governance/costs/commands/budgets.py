"""Budgets: set by one person, decided by another; every change is a new version."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.proofs import Reauthentication, check_proof
from governance.costs.commands.checks import require_signed_in, words
from governance.costs.kinds import BudgetState, Kind
from governance.costs.models import Budget, Target
from governance.costs.querysets.burning import plan_of, spent
from governance.costs.rules import budgets as rules
from governance.costs.rules.budgets import Plan
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Moved, RuleBroken
from governance.kernel.money import to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.rules.plain import text_fault

_ALIVE = (BudgetState.SUBMITTED, BudgetState.APPROVED)
_LONGEST_NOTE = 2000


@transaction.atomic(durable=True)
def set_budget(*, actor: Actor, target_id: UUID, plan: Plan, note: str = "") -> Budget:
    """Ask for a budget of a target and all below it; it counts once another person approves it.

    Raises ``RuleBroken`` for a plan that cannot stand, ``Conflict`` when there is one of the same
    target, days, currency and basis already: that one is to be changed.
    """
    target = _locked_targets(actor, [target_id])[0]
    rules.check_plan(plan)
    same = Budget.objects.filter(
        target=target, start=plan.start, end=plan.end, currency=plan.currency, basis=plan.basis
    )
    if same.filter(state__in=_ALIVE).exists():
        raise Conflict("budget-exists", "There is a budget of these days already; change that one.")
    row = _submit(actor, target, plan, _noted(note))
    record_budget(actor, Kind.BUDGET_SUBMITTED, row, budget_facts(row))
    return row


@transaction.atomic(durable=True)
def change_budget(
    *, actor: Actor, budget_id: UUID, plan: Plan, note: str, revision: int | None = None
) -> Budget:
    """Ask for a new version of a budget; the one in force stays so until the new one is approved.

    A version that still waits is superseded. ``revision`` is what the person had before them;
    raises ``Moved`` when the budget has changed since.
    """
    former = next(row for row in _locked([budget_id]) if row.pk == budget_id)
    target = _locked_targets(actor, [former.target_id])[0]
    rules.check_plan(plan)
    if revision is not None and revision != former.revision:
        raise Moved("budget-moved", "This budget has changed since you opened it; look again.")
    _require_newest(former)
    row = _submit(actor, target, plan, words("note", note, "Say why it changes."), former)
    record_budget(
        actor, Kind.BUDGET_SUBMITTED, row, {**budget_facts(row), "changes": str(former.pk)}
    )
    return row


@transaction.atomic(durable=True)
def transfer_budget(
    *, actor: Actor, giver_id: UUID, taker_id: UUID, amount: int, note: str
) -> Budget:
    """Ask to move money between two budgets in force: two new versions, decided as one.

    Returns the giver's. Raises ``RuleBroken`` where the money cannot move, ``Conflict`` where a
    version of either still waits.
    """
    rows = {row.pk: row for row in _locked([giver_id, taker_id])}
    giver, taker = rows.get(giver_id), rows.get(taker_id)
    if giver is None or taker is None or giver.series == taker.series:
        raise RuleBroken("budgets-same", "Name two different budgets that are in force.")
    _locked_targets(actor, [giver.target_id, taker.target_id])
    _require_transferable(giver, taker)
    plan, note = plan_of(giver), words("note", note, "Say why the money moves.", _LONGEST_NOTE)
    rules.check_transfer(plan, plan_of(taker), amount, spent(giver))
    move = uuid.uuid4()
    lines = [_moved(actor, giver, -amount, note, move), _moved(actor, taker, amount, note, move)]
    told: list[Json] = [budget_facts(line) for line in lines]
    body: dict[str, Json] = {"transfer": str(move), "amount": to_text(amount), "lines": told}
    record_budget(actor, Kind.BUDGET_TRANSFERRED, lines[0], body)
    return lines[0]


@transaction.atomic(durable=True)
def approve_budget(
    *, actor: Actor, budget_id: UUID, proof: Reauthentication | None, answer: str = ""
) -> Budget:
    """Put a budget in force, and with it the other line of its transfer.

    Somebody else's task than the person's who set it: raises ``Conflict`` (403) for them, and
    for a version that no longer waits; ``NotPermitted`` for a token or a stale ``proof``.
    """
    rows = _waiting(actor, budget_id)
    strength = check_proof(proof, actor.id, timezone.now())
    for row in rows:
        in_force = Budget.objects.filter(series=row.series, state=BudgetState.APPROVED)
        in_force.update(state=BudgetState.SUPERSEDED)
        _decide(actor, row, BudgetState.APPROVED, _noted(answer, "answer"))
    told: list[Json] = [budget_facts(row) for row in rows]
    body: dict[str, Json] = {"lines": told, "strength": strength.value}
    record_budget(actor, Kind.BUDGET_APPROVED, rows[0], body)
    return rows[0]


@transaction.atomic(durable=True)
def reject_budget(
    *, actor: Actor, budget_id: UUID, answer: str, proof: Reauthentication | None
) -> Budget:
    """Turn a budget down with a reason; what was in force before stays so."""
    rows = _waiting(actor, budget_id)
    strength = check_proof(proof, actor.id, timezone.now())
    answer = words("answer", answer, "Say why it is turned down.", _LONGEST_NOTE)
    for row in rows:
        _decide(actor, row, BudgetState.REJECTED, answer)
    body: dict[str, Json] = {
        "budgets": [str(row.pk) for row in rows],
        "answer_digest": digest(answer),
        "strength": strength.value,
    }
    record_budget(actor, Kind.BUDGET_REJECTED, rows[0], body)
    return rows[0]


def _locked_targets(actor: Actor, ids: Sequence[UUID]) -> list[Target]:
    """Lock the targets, so that two people cannot set the same budget; asks for the right."""
    found = [Target.objects.locked(key) for key in sorted(set(ids))]
    for target in found:
        permissions.require(actor, Permission.BUDGET_SET, target, view=Permission.COST_VIEW)
    return found


def _locked(ids: Sequence[UUID]) -> list[Budget]:
    """Lock every version of these budgets: putting one in force changes the one before it."""
    series = Budget.objects.filter(pk__in=ids).values("series")
    rows = list(Budget.objects.locking().filter(series__in=series).order_by("pk"))
    if missing := set(ids) - {row.pk for row in rows}:
        Budget.objects.locked(missing.pop())  # says that it is not there
    return rows


def _submit(
    actor: Actor,
    target: Target,
    plan: Plan,
    note: str,
    former: Budget | None = None,
    transfer: UUID | None = None,
) -> Budget:
    number = 1
    own: dict[str, Any] = {}
    if former is not None:
        series_rows = Budget.objects.filter(series=former.series)
        number = 1 + (series_rows.aggregate(most=Max("number"))["most"] or 0)
        series_rows.filter(state=BudgetState.SUBMITTED).update(state=BudgetState.SUPERSEDED)
        own = {"series": former.series}
    return Budget.objects.create(
        number=number,
        transfer=transfer,
        target=target,
        start=plan.start,
        end=plan.end,
        currency=plan.currency,
        basis=plan.basis,
        amount=plan.amount,
        thresholds=sorted(plan.thresholds),
        forecast_threshold=plan.forecast_threshold,
        note=note,
        created_by_id=actor.id,
        **own,
    )


def _moved(actor: Actor, row: Budget, by: int, note: str, transfer: UUID) -> Budget:
    plan = plan_of(row)
    changed = Plan(**{**_fields(plan), "amount": plan.amount + by})
    rules.check_plan(changed)
    return _submit(actor, row.target, changed, note, row, transfer)


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def _require_newest(row: Budget) -> None:
    later = Budget.objects.filter(series=row.series, number__gt=row.number)
    if later.filter(state__in=_ALIVE).exists():
        raise Conflict("not-newest", "There is a later version of this budget; change that one.")
    if row.transfer and row.state == BudgetState.SUBMITTED:
        raise Conflict("transfer-waits", "It is part of a transfer that waits for a decision.")


def _require_transferable(*rows: Budget) -> None:
    for row in rows:
        if row.state != BudgetState.APPROVED:
            raise Conflict("not-in-force", "Money moves only between budgets in force.")
        waiting = Budget.objects.filter(series=row.series, state=BudgetState.SUBMITTED)
        if waiting.exists():
            raise Conflict("version-waits", "A new version of one of them waits for a decision.")


def _waiting(actor: Actor, budget_id: UUID) -> list[Budget]:
    """Lock what is decided together; raises unless this person may, and it still waits."""
    first = Budget.objects.get_visible(actor, budget_id)
    both = Budget.objects.filter(transfer=first.transfer) if first.transfer else None
    ids = [first.pk] if both is None else list(both.values_list("pk", flat=True))
    locked = [row for row in _locked(ids) if row.pk in set(ids)]
    rows = sorted(locked, key=lambda row: row.pk != budget_id)
    for row in rows:
        permissions.require(actor, Permission.BUDGET_APPROVE, row, view=Permission.COST_VIEW)
        require_signed_in(actor)
        rules.check_second_person(actor.id, row.created_by_id)
        if row.state != BudgetState.SUBMITTED:
            raise Conflict("decided-already", "This version no longer waits for a decision.")
    return rows


def _decide(actor: Actor, row: Budget, state: BudgetState, answer: str) -> None:
    row.state, row.answer = state, answer
    row.decided_by_id, row.decided_at = actor.id, timezone.now()
    row.revision += 1
    row.save(update_fields=["state", "answer", "decided_by", "decided_at", "revision"])


def _noted(note: str, name: str = "note") -> str:
    if why := text_fault(note, _LONGEST_NOTE):
        raise RuleBroken(f"{name}-invalid", why, errors={name: [why]})
    return note.strip()


def budget_facts(row: Budget) -> dict[str, Json]:
    """Return a version as every event about it carries it."""
    return {
        "budget": str(row.pk),
        "target": str(row.target_id),
        "number": row.number,
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "currency": row.currency,
        "basis": str(row.basis),
        "amount": to_text(row.amount),
        "thresholds": list(row.thresholds),
        "forecast_threshold": row.forecast_threshold,
    }


def record_budget(actor: Actor, kind: Kind, row: Budget, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.budget", row.pk), body=body)
