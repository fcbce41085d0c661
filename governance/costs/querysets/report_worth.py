"""What a report's models cost in full in its month, and what they returned.

Read without an actor: the report's own door has asked who may have it.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from governance.costs.querysets.worth import ModelWorth, Rows, worths


def report_worths(
    days: Any, currency: str, team_id: UUID | None, start: dt.date, end: dt.date, most: int
) -> list[ModelWorth]:
    """Return the readings of the models that ``days`` (the month's charges) reach, dearest first.

    Training of earlier months is read beside them, of the same team's targets.
    """
    models: Any = apps.get_model("catalog", "RegisteredModel")._default_manager  # noqa: SLF001
    reached = models.filter(pk__in=days.values("target__model_id")).order_by("number")
    mine = Q(currency=currency) & (Q(target__team_id=team_id) if team_id else Q())
    rows = Rows(
        days=_rows("ChargeDay").published().filter(mine),
        usage=_rows("UsageMetric"),
        claims=_rows("BenefitClaim").filter(currency=currency),
        lives=_rows("PlannedLife"),
    )
    found = worths(rows, list(reached), start, end)
    return sorted(found, key=lambda one: (-one.loaded.total, one.model.number))[:most]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001
