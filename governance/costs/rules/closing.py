"""Whether a billing period may be closed, and what is frozen then. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from governance.costs.kinds import PeriodState
from governance.costs.rules.invoices import Held, reason_needed
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, DomainError, RuleBroken
from governance.kernel.money import to_text

_RUN_MISSING = {"no-run", "run-stale"}


@dataclass(frozen=True, slots=True)
class Sums:
    """One currency of a period: what was delivered, and what its published run charged."""

    currency: str
    rows: int
    billed: int
    effective: int
    charged_billed: int
    charged_effective: int

    @property
    def is_whole(self) -> bool:
        return self.billed == self.charged_billed and self.effective == self.charged_effective

    def to_json(self) -> dict[str, Json]:
        return {
            "currency": self.currency,
            "rows": self.rows,
            "billed": to_text(self.billed),
            "effective": to_text(self.effective),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How a period stands today. ``moved`` says what changed since its run was asked for."""

    state: str
    end: dt.date
    today: dt.date
    run: str = ""
    moved: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    sums: tuple[Sums, ...] = ()
    invoices: tuple[Held, ...] = ()
    batches: tuple[str, ...] = ()


def faults(standing: Standing) -> list[DomainError]:
    """Return everything that stands against closing, the gravest first."""
    if standing.state == PeriodState.CLOSED:
        return [Conflict("period-not-open", "The period is closed already.")]
    found: list[DomainError] = []
    if standing.today < standing.end:
        told = f"The period ends with {standing.end - dt.timedelta(days=1)}; it is not over yet."
        found.append(RuleBroken("period-not-over", told))
    if not standing.batches:
        found.append(RuleBroken("no-bill", "No accepted bill speaks of this period."))
    if standing.waiting:
        told = f"Undecided deliveries may still change it: {', '.join(standing.waiting)}."
        found.append(RuleBroken("batch-waiting", told))
    return [*found, *_run_faults(standing)]


def _run_faults(standing: Standing) -> list[DomainError]:
    if not standing.run:
        return [RuleBroken("no-run", "No run that shares out this month has been published.")]
    found: list[DomainError] = []
    if standing.moved:
        told = f"{standing.run} is not today's any more: {'; '.join(standing.moved)}. Run it again."
        found.append(RuleBroken("run-stale", told))
    if standing.broken:
        told = f"{standing.run} does not hold: {', '.join(standing.broken)}."
        found.append(RuleBroken("invariant-broken", told))
    for sums in standing.sums:
        if not sums.is_whole and not standing.moved:
            told = (
                f"{standing.run} charged {to_text(sums.charged_billed)} of "
                f"{to_text(sums.billed)} {sums.currency} billed; the difference must be 0."
            )
            found.append(RuleBroken("not-conserved", told))
    return found


def of_the_run(found: Sequence[DomainError]) -> bool:
    """Whether all that stands against closing is that its run is missing or not today's."""
    codes = {fault.code for fault in found}
    return bool(codes & _RUN_MISSING) and codes <= _RUN_MISSING | {"invariant-broken"}


def needs_final_run(standing: Standing, reason: str) -> bool:
    """Whether a run computed now would settle it; raises when a reason is missing even then."""
    if not of_the_run(faults(standing)):
        return False
    _check_reason(standing, reason)
    return True


def check_closing(standing: Standing, reason: str) -> None:
    """Raise the gravest fault, or ``RuleBroken`` when a gap is left without a reason."""
    for fault in faults(standing):
        raise fault
    _check_reason(standing, reason)


def _check_reason(standing: Standing, reason: str) -> None:
    if (why := reason_needed(standing.invoices)) and not reason.strip():
        raise RuleBroken("reason-needed", why, errors={"reason": [why]})


def snapshot(
    about: dict[str, Json], standing: Standing, digests: Sequence[str], reason: str
) -> dict[str, Json]:
    """Return what closing freezes, as canonical JSON: sums, run, deliveries, invoices and gaps."""
    return {
        **about,
        "run": standing.run,
        "sums": [sums.to_json() for sums in standing.sums],
        "batches": list(standing.batches),
        "digests": list(digests),
        "invoices": [one.to_json() for one in standing.invoices],
        "reason": reason.strip(),
    }
