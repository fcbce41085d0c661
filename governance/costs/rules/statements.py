"""Tables of money as they are printed: every line, column and total adds up to the last cent. Pure.

Each exact figure rounded by itself would not: three thirds of 1.00 print as 0.99.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from governance.kernel import money

Cells = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Statement:
    """``cells`` by row and column, all in units and whole in the currency's minor unit."""

    cells: dict[int, dict[str, int]]
    rows: dict[int, int]
    columns: dict[str, int]
    total: int


def apportioned(cells: Cells, currency: str) -> Statement:
    """Return ``cells`` (rows of columns, in units) as printed: the total first, then its parts.

    The exact total is rounded; the columns share it out, then the rows share out each column.
    """
    columns = sorted({column for row in cells.values() for column in row})
    exact = {column: sum(row.get(column, 0) for row in cells.values()) for column in columns}
    total = money.rounded(sum(exact.values()), currency)
    printed = money.statement(exact, currency, total) if exact else {}
    made: dict[int, dict[str, int]] = {row: {} for row in cells}
    for column in columns:
        parts = {row: values[column] for row, values in cells.items() if column in values}
        for row, units in money.statement(parts, currency, printed[column]).items():
            made[row][column] = units
    sums = {row: sum(values.values()) for row, values in made.items()}
    return Statement(made, sums, printed, total)
