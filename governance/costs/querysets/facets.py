"""What every list of money can be narrowed by: team, project, model and phase, and a month."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import QuerySet

from governance.costs.rules.conversion import next_month

Rows = TypeVar("Rows", bound=QuerySet[Any])
Facets = Mapping[str, Any]

OF_TARGET = {
    "team": "target__team__slug",
    "project": "target__use_case_id",
    "model": "target__model_id",
    "phase": "target__phase",
}
OF_MODEL = {"team": "model__team__slug", "project": "model__use_case_id", "model": "model_id"}


def fitting(rows: Rows, facets: Facets, paths: Mapping[str, str]) -> Rows:
    """Return the rows that fit the facets given; the empty ones are ignored."""
    return rows.filter(**{path: facets[name] for name, path in paths.items() if facets.get(name)})


def in_period(rows: Rows, facets: Facets, first: str, end: str) -> Rows:
    """Return the rows whose days, from ``first`` to before ``end``, touch the month asked for.

    Both are columns; what ends with a day of its own is asked by ``in_period_to``.
    """
    month: dt.date | None = facets.get("period")
    if not month:
        return rows
    return rows.filter(**{f"{first}__lt": next_month(month), f"{end}__gt": month})


def in_period_to(rows: Rows, facets: Facets, first: str, end: str) -> Rows:
    """Return the rows whose days, from ``first`` to ``end`` and with it, touch the month.

    Both are columns, or the dates of columns (``seen_at__date``); one day is both.
    """
    month: dt.date | None = facets.get("period")
    if not month:
        return rows
    return rows.filter(**{f"{first}__lt": next_month(month), f"{end}__gte": month})
