"""What all figures of one page stand on: asked once for the page, whatever it sums."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from governance.costs.kinds import Basis
from governance.costs.querysets.published import Runs, published_runs
from governance.costs.querysets.settlement import unfilled_issuers


@dataclass(frozen=True, slots=True)
class Ground:
    """``runs`` are those that speak, ``unfilled`` the issuers that leave EffectiveCost empty."""

    runs: Runs
    unfilled: tuple[str, ...]

    def runs_of(self, months: Collection[dt.date]) -> Runs:
        return {key: month for key, month in self.runs.items() if month in months}

    def by_billed(self, rows: Any) -> tuple[str, ...]:
        """Return those of ``unfilled`` issuers whose money is in ``rows`` (days or months)."""
        if not self.unfilled:
            return ()
        found = rows.filter(issuer__in=self.unfilled).order_by("issuer")
        return tuple(found.values_list("issuer", flat=True).distinct())


def ground_of(
    months: Collection[dt.date],
    basis: str = Basis.EFFECTIVE,
    as_of: dt.datetime | None = None,
) -> Ground:
    """Return the ground of ``months``, today's or that of ``as_of``."""
    unfilled = unfilled_issuers() if basis == Basis.EFFECTIVE else ()
    return Ground(published_runs(months, as_of), unfilled)
