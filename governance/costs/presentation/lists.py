"""Charges and lines of bills as rows: exact amounts, since no total is printed below them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import Basis
from governance.costs.models.bills import line_name
from governance.costs.querysets.drill import taken_back_by
from governance.kernel import money
from governance.kernel.rest.paging import every

CHARGE_COLUMNS = (
    "Month",
    "Target",
    "Name",
    "Issuer",
    "Service",
    "Charge category",
    "Rule",
    "Why unallocated",
    "Lines of bills",
    "Currency",
    "Billed",
    "Effective",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row and its amount in the basis asked for, exact."""

    row: Any
    amount: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line's whole amounts, and the charge's share of them, empty where it is not known.

    ``corrects`` names the line that it takes back, ``corrected_by`` those that take it back.
    """

    row: Any
    billed: str
    effective: str
    billed_share: str
    effective_share: str
    corrects: str
    corrected_by: Sequence[str]


def shown_charges(rows: Sequence[Any]) -> list[Shown]:
    return [Shown(row, money.to_text(row.amount)) for row in rows]


def shown_lines(rows: Sequence[Any], shares: Sequence[tuple[int, int] | None]) -> list[ShownLine]:
    back = taken_back_by(rows)
    return [
        ShownLine(
            row,
            billed=money.to_text(row.billed),
            effective=money.to_text(row.effective),
            billed_share=money.to_text(share[0]) if share else "",
            effective_share=money.to_text(share[1]) if share else "",
            corrects=line_name(row.corrects) if row.corrects else "",
            corrected_by=[line_name(key) for key in back.get(row.pk, ())],
        )
        for row, share in zip(rows, shares, strict=True)
    ]


def amounts_of(charge: Any) -> dict[str, str]:
    """Return each basis by its name with the exact amount."""
    return {str(Basis(name).label): money.to_text(getattr(charge, name)) for name in Basis.values}


def charge_rows(rows: Any) -> Iterator[list[Any]]:
    for row in every(rows, order=("-size", "id")):
        yield [
            f"{row.run.month:%Y-%m}",
            row.target.key,
            row.target.name,
            row.slice.issuer,
            row.slice.service,
            row.slice.category,
            row.rule.name if row.rule else "",
            row.get_reason_display(),
            row.lines,
            row.slice.currency,
            money.to_text(row.billed),
            money.to_text(row.effective),
        ]
