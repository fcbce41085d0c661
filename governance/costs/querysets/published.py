"""The runs that speak, and the rows of theirs that an address asks for."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Q, Sum

from governance.costs.kinds import CostRunState
from governance.costs.querysets.dimensions import DIMENSIONS, NONE, Dimension
from governance.costs.querysets.places import Places, column_of, placed

Runs = dict[uuid.UUID, dt.date]
_SPOKE = (CostRunState.PUBLISHED, CostRunState.SUPERSEDED)


def published_runs(months: Collection[dt.date], as_of: dt.datetime | None = None) -> Runs:
    """Return each month's published run: today's, or the one that spoke at ``as_of``."""
    rows = _runs().filter(month__in=months)
    if as_of is None:
        rows = rows.filter(state=CostRunState.PUBLISHED)
    else:
        rows = rows.filter(state__in=_SPOKE, published_at__lte=as_of)
    latest = dict(rows.order_by("published_at").values_list("month", "pk"))
    return {key: month for month, key in latest.items()}


def _runs() -> Any:
    return apps.get_model("costs", "AllocationRun")._default_manager  # noqa: SLF001


def published_months(most: int = 36) -> list[dt.date]:
    """Return the months that have a published run, the latest first."""
    found = _runs().filter(state=CostRunState.PUBLISHED).order_by("-month")
    return list(found.values_list("month", flat=True)[:most])


def usual_currency() -> str:
    """Return the currency of most lines in the latest published month; "" before there is one."""
    latest = published_runs(published_months(1))
    rows: Any = apps.get_model("costs", "ChargeMonth")._default_manager  # noqa: SLF001
    rows = rows.filter(run_id__in=list(latest)).order_by().values_list("currency")
    counted = rows.annotate(count=Sum("lines")).order_by("-count", "currency")
    return next((str(currency) for currency, _ in counted[:1]), "")


def restated(months: Collection[dt.date]) -> list[Any]:
    """Return the published runs of ``months`` that took another's place, the latest first."""
    rows = _runs().filter(state=CostRunState.PUBLISHED, month__in=months)
    return list(rows.exclude(supersedes=None).briefly().order_by("-published_at", "month"))


def matching(
    rows: Any, runs: Iterable[uuid.UUID], filters: Mapping[str, str], known: Places
) -> Any:
    """Return the rows of ``runs`` (days or charges) that every filter lets through."""
    charges = rows.model.__name__ == "AllocatedCharge"
    rows = placed(rows.filter(run_id__in=list(runs)), known)
    for name, value in filters.items():
        dimension = DIMENSIONS[name]
        column = column_of(dimension, known)
        column = dimension.charge or column if charges else column
        rows = rows.filter(_condition(dimension, column, value))
    return rows


def _condition(dimension: Dimension, column: str, value: str) -> Q:
    if value != NONE:
        return Q(**{column: value})
    absent = Q(**{f"{column}__isnull": True})
    return absent if dimension.is_key else absent | Q(**{column: ""})
