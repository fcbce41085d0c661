"""Reading bills."""

import datetime as dt
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.access.rules import scope_of
from governance.costs.kinds import BatchState
from governance.costs.querysets.company import CompanyQuerySet
from governance.costs.rules.conversion import next_month
from governance.kernel.actor import Actor
from governance.kernel.ids import number_in

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - named in quotes below
        BatchPart,
        BillingPeriod,
        CostLine,
        CostSource,
        FxRate,
        ImportBatch,
    )


class CostSourceQuerySet(CompanyQuerySet["CostSource"]):
    pass


class ImportBatchQuerySet(CompanyQuerySet["ImportBatch"]):
    def with_people(self) -> "ImportBatchQuerySet":
        return self.select_related("source", "received_by")

    def narrowed(self, values: Mapping[str, Any]) -> "ImportBatchQuerySet":
        """Return the batches of a source, in a state, or with this number or file name."""
        rows = self
        for name in ("source", "state"):
            if value := values.get(name):
                rows = rows.filter(**{name: value})
        if text := values.get("q"):
            number = number_in(text, "BAT", bare=True)
            named = Q(file_name__icontains=text)
            rows = rows.filter(named if number is None else Q(number=number) | named)
        if month := values.get("period"):
            rows = rows.filter(parts__period__start__gte=month)
            rows = rows.filter(parts__period__start__lt=next_month(month)).distinct()
        return rows

    def under_way(self) -> "ImportBatchQuerySet":
        return self.filter(state__in=[BatchState.RECEIVED, BatchState.CHECKING])

    def claimable(self, now: datetime) -> "ImportBatchQuerySet":
        """Return what a worker may take: waiting, or left by a worker that fell silent."""
        return self.under_way().filter(Q(lease_until=None) | Q(lease_until__lt=now))

    def held_by(self, batch_id: Any, attempt: int) -> "ImportBatchQuerySet":
        """Return the batch while this attempt still has it."""
        return self.filter(pk=batch_id, attempt=attempt, state=BatchState.CHECKING)


class BatchPartQuerySet(CompanyQuerySet["BatchPart"]):
    def current(self) -> "BatchPartQuerySet":
        """Return the parts that speak today: accepted, and replaced by nothing."""
        return self.exclude(accepted_at=None).filter(superseded_by=None)

    def months(self) -> list[dt.date]:
        """Return the months (first days) of which any bill speaks, the latest first."""
        starts = self.current().order_by().values_list("period__start", flat=True).distinct()
        return sorted({start.replace(day=1) for start in starts}, reverse=True)

    def speaking(self, instant: datetime | None = None) -> "BatchPartQuerySet":
        """Return the parts that spoke at ``instant``, or speak today."""
        if instant is None:
            return self.current()
        open_then = Q(superseded_at=None) | Q(superseded_at__gt=instant)
        return self.filter(open_then, accepted_at__lte=instant)


class CostLineQuerySet(CompanyQuerySet["CostLine"]):
    pass


class BillingPeriodQuerySet(CompanyQuerySet["BillingPeriod"]):
    def narrowed(self, facets: Mapping[str, Any]) -> "BillingPeriodQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {"issuer": "issuer", "state": "state"}
        found = self.filter(**{p: facets[name] for name, p in paths.items() if facets.get(name)})
        return found.filter(start__lte=day, end__gt=day) if (day := facets.get("day")) else found

    def issuers(self) -> list[str]:
        return list(self.order_by("issuer").values_list("issuer", flat=True).distinct())


class FxRateQuerySet(ScopedQuerySet["FxRate"]):
    """Rates are the organisation's, and nobody's secret."""

    view = Permission.COST_VIEW
    team_path = ""

    def open_to(self, actor: Actor) -> "FxRateQuerySet":
        """Return the rates to whoever sees any cost, since their own are read at them."""
        return self.none() if scope_of(actor, self.view).nowhere else self

    def narrowed(self, values: Mapping[str, Any]) -> "FxRateQuerySet":
        rows = self
        paths = {"base": "base", "target": "target", "day_from": "day__gte", "day_to": "day__lte"}
        for name, path in paths.items():
            if value := values.get(name):
                rows = rows.filter(**{path: value})
        return rows
