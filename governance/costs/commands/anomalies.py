"""Days that stood out: opened once, restated without another alarm, answered by a person."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import LONGEST_WORDS
from governance.costs.kinds import AnomalyState, Kind
from governance.costs.models import CostAnomaly, Target
from governance.costs.rules import answers as rules
from governance.costs.rules.anomalies import Reading
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import RuleBroken
from governance.kernel.money import to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.rules.plain import text_fault


@transaction.atomic(durable=True)
def open_anomaly(
    *, actor: Actor, target_id: UUID, currency: str, day: date, reading: Reading
) -> CostAnomaly:
    """Record a day that stands out; the same day of the same target again changes nothing."""
    permissions.require_service(actor)
    target = Target.objects.locked(target_id)
    known: CostAnomaly | None = CostAnomaly.objects.filter(
        target=target, currency=currency, day=day
    ).first()
    if known is not None:
        return known
    row: CostAnomaly = CostAnomaly.objects.create(
        target=target,
        currency=currency,
        day=day,
        expected=reading.expected,
        actual=reading.actual,
        score=reading.score,
    )
    _record(actor, Kind.ANOMALY_DETECTED, row, _facts(row))
    return row


@transaction.atomic(durable=True)
def restate_anomaly(*, actor: Actor, anomaly_id: UUID, reading: Reading) -> CostAnomaly:
    """Take over the figures of restated bills; what people said of the day stays, nobody is told.

    Unchanged figures change nothing.
    """
    permissions.require_service(actor)
    row: CostAnomaly = CostAnomaly.objects.locked(anomaly_id)
    before = _facts(row)
    if (row.expected, row.actual) == (reading.expected, reading.actual):
        return row
    row.expected, row.actual, row.score = reading.expected, reading.actual, reading.score
    row.restated_at = timezone.now()
    row.save(update_fields=["expected", "actual", "score", "restated_at"])
    _record(actor, Kind.ANOMALY_RESTATED, row, {**_facts(row), "before": before})
    return row


@transaction.atomic(durable=True)
def answer_anomaly(
    *, actor: Actor, anomaly_id: UUID, state: str, explanation: str = "", link: str = ""
) -> CostAnomaly:
    """Acknowledge, explain (with a link) or dismiss a day that stood out.

    Raises ``RuleBroken`` for an answer that says too little, ``Conflict`` for one answered before.
    """
    row: CostAnomaly = CostAnomaly.objects.locked(anomaly_id)
    permissions.require(actor, Permission.COST_ANSWER, row, view=Permission.COST_VIEW)
    explanation, link = explanation.strip(), link.strip()
    if why := text_fault(explanation, LONGEST_WORDS):
        raise RuleBroken("answer-incomplete", why, errors={"explanation": [why]})
    rules.check_answer(state, explanation, link)
    rules.check_open(row.state, row.answered_at, row.restated_at)
    row.state, row.explanation, row.link = state, explanation, link
    row.answered_by_id, row.answered_at = actor.id, timezone.now()
    fields = ("state", "explanation", "link", "answered_by", "answered_at")
    row.save(update_fields=fields)
    explained = state == AnomalyState.EXPLAINED
    body: dict[str, Json] = {
        **_facts(row),
        "state": str(state),
        "explanation_digest": digest(explanation),
        "link_digest": digest(link),
    }
    _record(actor, Kind.ANOMALY_EXPLAINED if explained else Kind.ANOMALY_ANSWERED, row, body)
    return row


def _facts(row: CostAnomaly) -> dict[str, Json]:
    return {
        "target": str(row.target_id),
        "currency": row.currency,
        "day": row.day.isoformat(),
        "expected": to_text(row.expected),
        "actual": to_text(row.actual),
        "score": round(row.score, 3),
    }


def _record(actor: Actor, kind: Kind, row: CostAnomaly, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.anomaly", row.pk), body=body)
