"""Reading what was bought in advance: terms as stated, and what published runs found of them."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef

from governance.costs.kinds import CostRunState
from governance.costs.querysets.company import CompanyQuerySet
from governance.costs.rules.commitments import Term
from governance.kernel.money import from_text

if TYPE_CHECKING:
    from governance.costs.models import ContractCommitment  # noqa: F401 - in quotes below

Bought = dict[tuple[str, str], tuple[int, int]]  # by commitment and currency, in one month


class ContractCommitmentQuerySet(CompanyQuerySet["ContractCommitment"]):
    def speaking(self) -> "ContractCommitmentQuerySet":
        """Return each commitment as the last file that names it states it."""
        later = self.model._default_manager.filter(  # noqa: SLF001
            commitment=OuterRef("commitment"), batch__number__gt=OuterRef("batch__number")
        )
        return self.filter(~Exists(later))


def bought_by_month() -> dict[dt.date, Bought]:
    """Return what each published run found of every commitment in its month."""
    rows = apps.get_model("costs", "AllocationRun")._default_manager  # noqa: SLF001
    runs = rows.filter(state=CostRunState.PUBLISHED).values_list("month", "invariants")
    return {month: _bought(checks) for month, checks in runs.order_by("month")}


def terms(
    keys: Collection[tuple[str, str]], months: Mapping[dt.date, Bought]
) -> dict[tuple[str, str], Term]:
    """Return the term of each (commitment, currency), with what ``months`` found of it."""
    rows = apps.get_model("costs", "ContractCommitment")._default_manager  # noqa: SLF001
    found = rows.filter(commitment__in={name for name, _ in keys}).speaking()
    stated = {row.commitment: row for row in found}
    return {key: _term(key, stated.get(key[0]), months) for key in keys}


def _term(key: tuple[str, str], row: Any, months: Mapping[dt.date, Bought]) -> Term:
    return Term(
        *key,
        start=row.start if row else None,
        end=row.end if row else None,
        months={month: found[key] for month, found in months.items() if key in found},
    )


def _bought(checks: Any) -> Bought:
    rows = next((check["rows"] for check in checks if check["check"] == "commitments"), ())
    return {
        (row["commitment"], row["currency"]): (
            from_text(row["purchased"])[0],
            from_text(row["used"])[0],
        )
        for row in rows
    }
