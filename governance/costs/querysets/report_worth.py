"""What a report's models cost in full in its month, what they returned, and what failed.

Read without an actor: the report's own door has asked who may have it.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from governance.costs.querysets import failed
from governance.costs.querysets.failed import Failed
from governance.costs.querysets.worth import ModelWorth, Rows, worths


def report_worths(
    days: Any, currency: str, team_id: UUID | None, start: dt.date, end: dt.date, most: int
) -> list[ModelWorth]:
    """Return the readings of the models that ``days`` (the month's charges) reach, dearest first.

    Training of earlier months is read beside them, of the same team's targets, and of claims the
    same team's: a use case may belong to another.
    """
    reached = _things("RegisteredModel").filter(pk__in=days.values("target__model_id"))
    of_team = {"team_id": team_id} if team_id else {}
    rows = Rows(
        days=_days(currency, team_id),
        usage=_rows("UsageMetric"),
        claims=_rows("BenefitClaim").filter(currency=currency, **of_team),
        lives=_rows("PlannedLife"),
        endings=_rows("WorkEnding"),
    )
    models = list(reached.select_related("use_case").order_by("number"))
    found = worths(rows, models, start, end)
    return sorted(found, key=lambda one: (-one.loaded.total, one.model.number))[:most]


def report_failures(
    currency: str, team_id: UUID | None, start: dt.date, end: dt.date, most: int
) -> list[Failed]:
    """Return what ended before use and cost money in the month, or ended in it.

    A team reads of its own work, and of what it made of it itself.
    """
    of_team = {"team_id": team_id} if team_id else {}
    of_model = {"model__team_id": team_id} if team_id else {}
    rows = failed.Rows(
        endings=_rows("WorkEnding").filter(**of_team),
        days=_days(currency, team_id),
        versions=_things("ModelVersion").filter(**of_model),
    )
    return failed.failures(rows, start, end)[:most]


def _days(currency: str, team_id: UUID | None) -> Any:
    mine = Q(currency=currency) & (Q(target__team_id=team_id) if team_id else Q())
    return _rows("ChargeDay").published().filter(mine)


def _things(name: str) -> Any:
    return apps.get_model("catalog", name)._default_manager.all()  # noqa: SLF001


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager.all()  # noqa: SLF001
