"""A batch as its page shows it: plain values, worked out outside the templates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import DateOrder
from governance.costs.models import ImportBatch, PartTotal, RejectedRow
from governance.costs.querysets.replacing import again
from governance.costs.rules.refusals import DATE_ORDER_NEEDED
from governance.kernel import money

_NAMES = {
    "format": "Format",
    "encoding": "Encoding",
    "separator": "Separator",
    "dataset": "Dataset of FOCUS",
}


@dataclass(frozen=True, slots=True)
class TotalRow:
    period: str
    currency: str
    rows: int
    billed: str
    effective: str
    listed: str | None
    contracted: str | None
    superseded_by: ImportBatch | None


@dataclass(frozen=True, slots=True)
class Move:
    period: str
    currency: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class Rejection:
    line_no: int
    codes: str
    message: str
    billed: str
    raw: str


def totals(batch: ImportBatch) -> list[TotalRow]:
    """Return the control totals, exact."""
    rows = PartTotal.objects.filter(part__batch=batch).select_related(
        "part__period", "part__superseded_by"
    )
    return [
        TotalRow(
            str(total.part.period),
            total.currency,
            total.rows,
            money.to_text(total.billed),
            money.to_text(total.effective),
            money.text_or_none(total.listed),
            money.text_or_none(total.contracted),
            total.part.superseded_by,
        )
        for total in rows.order_by("part__period__start", "part__period__issuer", "currency")
    ]


def movements(batch: ImportBatch) -> list[Move]:
    """Return what the batch does to periods that had money before."""
    told = batch.facts.get("movements", [])
    read = [(t, *(money.from_text(t[name])[0] for name in ("before", "after"))) for t in told]
    return [_move(t["period"], t["currency"], before, after) for t, before, after in read if before]


def moves_again(batch: ImportBatch) -> list[Move]:
    """Return what making the batch current again would do to today's bills."""
    return [_move(one.period, one.currency, one.before, one.after) for one in again(batch)]


def _move(period: str, currency: str, before: int, after: int) -> Move:
    told = (money.printed(units, currency) for units in (before, after, after - before))
    return Move(period, currency, *told)


def refused(batch: ImportBatch) -> list[dict[str, Any]]:
    """Return rows and money that were not taken, by what speaks against them."""
    return [
        {**told, "codes": told["codes"].replace(",", ", ")}
        for told in batch.facts.get("refused_money", [])
    ]


def rejected(rows: Iterable[RejectedRow]) -> list[Rejection]:
    return [
        Rejection(
            row.line_no,
            ", ".join(row.codes),
            row.message,
            "" if row.billed is None else f"{money.to_text(row.billed)} {row.currency}",
            row.raw,
        )
        for row in rows
    ]


def date_orders(batch: ImportBatch) -> list[tuple[str, str, bool]]:
    """Return the orders that a batch which asks for one may be read in, and whether it proposes
    each; the proposed one first.
    """
    if batch.facts.get("code") != DATE_ORDER_NEEDED:
        return []
    proposed = batch.facts["date_order"]["proposed"]
    orders = [(value, str(label), value == proposed) for value, label in DateOrder.choices if value]
    return sorted(orders, key=lambda order: not order[2])


def detected(batch: ImportBatch) -> list[tuple[str, Any]]:
    """Return what was found out about the file itself."""
    facts = [(name, batch.facts[key]) for key, name in _NAMES.items() if key in batch.facts]
    version = batch.focus_detected
    if version and batch.focus_declared and version != batch.focus_declared:
        version = f"{version} (its sender says {batch.focus_declared})"
    if version:
        facts.append(("FOCUS version", version))
    if columns := batch.facts.get("columns"):
        facts.append(("Columns", len(columns)))
    return facts
