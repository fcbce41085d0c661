"""The days that are looked at: as far as bills reach, so that late bills look like no idleness."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max

from governance.costs.models import ChargeDay
from governance.costs.rules.hints import WINDOW
from governance.kernel.amounts import ExactSum


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` to ``end`` (not included): the last 30 days that published runs speak of.

    ``billed`` False: no run is published, and these are the last 30 days there are.
    """

    start: dt.date
    end: dt.date
    today: dt.date
    billed: bool


def span_of(today: dt.date) -> Span:
    last = ChargeDay.objects.published().filter(day__lte=today).aggregate(last=Max("day"))["last"]
    end = (last or today) + dt.timedelta(days=1)
    return Span(end - WINDOW, end, today, billed=last is not None)


def charges(span: Span) -> Any:
    """Return the charges of the span's days, of published runs."""
    return ChargeDay.objects.published().filter(day__gte=span.start, day__lt=span.end).order_by()


def by_currency(rows: Any, path: str) -> dict[UUID, dict[str, int]]:
    """Return effective cost by what ``path`` names and by currency."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    summed = rows.values_list(path, "currency").annotate(units=ExactSum("effective"))
    for key, currency, units in summed:
        found[key][currency] = units
    return found
