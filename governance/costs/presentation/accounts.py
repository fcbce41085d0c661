"""A reconciliation as rows of exact sums: proof, so nothing is rounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import Basis
from governance.costs.querysets.reconciliation import Account, Reconciliation
from governance.kernel import money

COLUMNS = (
    *("Month", "Basis", "Issuer", "Currency", "Lines", "On the bill", "Allocated"),
    *("Left in pools", "Unallocated", "Difference", "Refused rows of", "Readable amount"),
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    issuer: str
    currency: str
    rows: int
    billed: str
    allocated: str
    in_pools: str
    unallocated: str
    difference: str
    balances: bool


@dataclass(frozen=True, slots=True)
class BasisStatement:
    """All issuers in one basis; ``holds_pools`` shows the column of money left in pools."""

    basis: str
    rows: Sequence[AccountRow]
    holds_pools: bool


def statements(found: Reconciliation) -> list[BasisStatement]:
    return [
        BasisStatement(
            basis=str(Basis(basis).label),
            rows=[_row(account) for account in accounts],
            holds_pools=any(account.in_pools for account in accounts),
        )
        for basis, accounts in found.accounts.items()
    ]


def _row(account: Account) -> AccountRow:
    return AccountRow(
        issuer=account.issuer,
        currency=account.currency,
        rows=account.rows,
        billed=money.to_text(account.billed),
        allocated=money.to_text(account.allocated),
        in_pools=money.to_text(account.in_pools),
        unallocated=money.to_text(account.unallocated),
        difference=money.to_text(account.difference),
        balances=account.difference == 0,
    )


def account_rows(found: Reconciliation) -> Iterator[list[Any]]:
    """Yield every account, and below them what was refused, in columns of its own: in no sum."""
    month = f"{found.month:%Y-%m}"
    for one in statements(found):
        for row in one.rows:
            sums = [row.billed, row.allocated, row.in_pools, row.unallocated, row.difference]
            yield [month, one.basis, row.issuer, row.currency, row.rows, *sums, "", ""]
    for refused in found.refused:
        amount = money.to_text(refused.amount)
        gap = [""] * 5
        yield [month, "", "", refused.currency, refused.rows, *gap, str(refused.batch), amount]
