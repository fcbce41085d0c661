"""How far each issuer's bills stand: later days are trimmed, since restatements still come."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Case, F, Max, OuterRef, Subquery, When

from governance.costs.kinds import Basis, CostRunState, SourceKind
from governance.costs.rules.months import days_of, last_whole
from governance.costs.rules.series import LAG_DAYS, Settled, settled_through
from governance.kernel.amounts import AmountField

UNFILLED = "effective-unfilled"  # the batch finding that says a source leaves EffectiveCost empty


def settled() -> dict[str, Settled]:
    """Return each issuer that published money names, and through which day its bills stand."""
    sources = {row.pk: row for row in _with_findings()}
    unfilled = {key for key, row in sources.items() if _leaves_empty(row.findings)}
    behind = _deliveries()
    return {
        issuer: _of_issuer(newest, behind.get(issuer, {}), sources, unfilled)
        for issuer, newest in _newest_days().items()
    }


def newest_month() -> dt.date | None:
    """Return the latest billing month that is published."""
    found = _rows("AllocationRun").filter(state=CostRunState.PUBLISHED)
    return found.aggregate(latest=Max("month"))["latest"]


def billed_through(through: dt.date | None, newest: dt.date | None) -> dt.date | None:
    """Return the last day of the bills that stand: of whole months, none after the ``newest``."""
    if through is None or newest is None:
        return None
    return min(last_whole(through), days_of(newest)[-1])


def _of_issuer(
    newest: dt.date,
    deliveries: Mapping[uuid.UUID, dt.datetime],
    sources: Mapping[Any, Any],
    unfilled: set[uuid.UUID],
) -> Settled:
    if not deliveries:
        return Settled(settled_through(None, newest, LAG_DAYS))
    found = [sources[key] for key in deliveries]
    lag = max(source.settlement_days for source in found)
    through = settled_through(max(deliveries.values()).date(), newest, lag)
    return Settled(
        through=through,
        floor=min(source.floor for source in found),
        uses_billed=bool(unfilled.intersection(deliveries)),
        by_hand=all(source.kind == SourceKind.MANUAL for source in found),
    )


def _newest_days() -> dict[str, dt.date]:
    days = _rows("ChargeDay").filter(run__state=CostRunState.PUBLISHED)
    return dict(days.values_list("issuer").annotate(newest=Max("day")).order_by())


def _deliveries() -> dict[str, dict[uuid.UUID, dt.datetime]]:
    """Return when each source last delivered for an issuer what a published run has taken in."""
    published = _rows("AllocationRun").filter(state=CostRunState.PUBLISHED)
    asked = published.aggregate(latest=Max("requested_at"))["latest"]
    parts = (
        _rows("BatchPart").filter(accepted_at__lte=asked) if asked else _rows("BatchPart").none()
    )
    keys = ("period__issuer", "batch__source_id")
    found: dict[str, dict[uuid.UUID, dt.datetime]] = {}
    for issuer, source, at in parts.values_list(*keys).annotate(Max("accepted_at")).order_by():
        found.setdefault(issuer, {})[source] = at
    return found


def unfilled_issuers() -> tuple[str, ...]:
    """Return the issuers that a source speaks of which leaves EffectiveCost empty."""
    sources = _unfilled()
    if not sources:
        return ()
    parts = _rows("BatchPart").current().filter(batch__source__in=sources).order_by()
    return tuple(sorted(parts.values_list("period__issuer", flat=True).distinct()))


def amount_in(basis: str, unfilled: Collection[str], issuer: str = "issuer") -> Any:
    """Return what to read for ``basis``: what ``unfilled`` issuers billed stands for its effect."""
    if basis != Basis.EFFECTIVE or not unfilled:
        return F(basis)
    billed = When(**{f"{issuer}__in": list(unfilled)}, then=F(Basis.BILLED))
    return Case(billed, default=F(Basis.EFFECTIVE), output_field=AmountField())


def _unfilled() -> set[uuid.UUID]:
    marks = _with_findings().exclude(findings=None).values_list("pk", "findings")
    return {source for source, findings in marks if _leaves_empty(findings)}


def _with_findings() -> Any:
    """Return the sources with what the import found in the latest batch of each that was read."""
    read = _rows("ImportBatch").filter(source=OuterRef("pk")).exclude(facts={})
    latest = Subquery(read.order_by("-number").values("findings")[:1])
    return _rows("CostSource").annotate(findings=latest)


def _leaves_empty(findings: Any) -> bool:
    return any(finding.get("code") == UNFILLED for finding in findings or ())


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
