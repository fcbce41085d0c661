"""Forecasts: frozen when made, scored when their days have settled."""

import dataclasses
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.kinds import Kind
from governance.costs.models import ForecastRun, Target
from governance.costs.rules import scoring
from governance.costs.rules.drafts import Draft, events_in
from governance.costs.rules.events import check_events
from governance.kernel.actor import SYSTEM_ROLE, Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.money import text_or_none, to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject


@transaction.atomic(durable=True)
def freeze_forecast(*, actor: Actor, target_id: UUID, draft: Draft) -> ForecastRun:
    """Keep a forecast as it was made; the same days and events again give the one that is there.

    The service makes them as it watches; whoever may set the target's budget makes one with events
    of their own. Nothing of it changes afterwards but its score.
    """
    target = Target.objects.locked(target_id)
    if SYSTEM_ROLE not in actor.roles:
        permissions.require(actor, Permission.BUDGET_SET, target, view=Permission.COST_VIEW)
    check_events(events_in(draft.events))
    same = ForecastRun.objects.filter(
        target=target,
        currency=draft.currency,
        basis=draft.basis,
        cutoff=draft.cutoff,
        horizon=draft.horizon,
        data_digest=draft.data_digest,
    ).first()
    if same is not None:
        return same
    row = ForecastRun.objects.create(target=target, **dataclasses.asdict(draft))
    _record(actor, Kind.FORECAST_FROZEN, row, _facts(row))
    return row


@transaction.atomic(durable=True)
def score_forecast(*, actor: Actor, forecast_id: UUID, actual: int) -> ForecastRun:
    """Write what came of a forecast, once: its error, and whether its interval held.

    ``actual`` is the settled total of its days in units. The same again changes nothing.
    """
    permissions.require_service(actor)
    row: ForecastRun = ForecastRun.objects.locked(forecast_id)
    if row.scored_at is not None:
        return row
    found = scoring.score(row.point, row.low, row.high, actual)
    row.actual, row.error, row.held = actual, found.error, found.held
    row.scored_at = timezone.now()
    row.save(update_fields=["actual", "error", "held", "scored_at"])
    body: dict[str, Json] = {
        "actual": to_text(actual),
        "point": to_text(row.point),
        "error": None if found.error is None else round(found.error, 6),
        "held": found.held,
    }
    _record(actor, Kind.FORECAST_SCORED, row, body)
    return row


def _facts(row: ForecastRun) -> dict[str, Json]:
    return {
        "target": str(row.target_id),
        "currency": row.currency,
        "basis": str(row.basis),
        "cutoff": row.cutoff.isoformat(),
        "horizon": row.horizon,
        "method": row.method,
        "point": to_text(row.point),
        "low": text_or_none(row.low),
        "high": text_or_none(row.high),
        "events": len(row.events),
        "data_digest": row.data_digest,
        "points_digest": digest(row.points),
    }


def _record(actor: Actor, kind: Kind, row: ForecastRun, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.forecast", row.pk), body=body)
