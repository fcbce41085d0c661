"""When a delivered bill waits for a person, and whether a state follows another. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from governance.costs.kinds import BatchState, DateOrder
from governance.kernel import money
from governance.kernel.errors import Conflict

_MOST_REFUSED = 100  # of so many rows one may be refused
_MOST_TAKEN = 40  # percent of the money: a replacement that takes so much of it waits

_NEXT = {
    "answer": ({BatchState.HELD, BatchState.REFUSED}, BatchState.RECEIVED),
    "refuse": ({BatchState.HELD}, BatchState.REFUSED),
}
_WORDS = {
    "answer": "Only a batch that is held or was refused can be read again.",
    "refuse": "Only a batch that is held can be refused.",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """What a period's money becomes in one currency, billed, in units."""

    period: str
    currency: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """``refused`` rows do not count those of closed periods; ``largest`` is the most that one of
    them is over, billed, without its sign: a sum would let a charge and a credit hide each other.
    """

    rows: int
    accepted: int
    refused: int
    largest: int
    floor: int
    movements: Sequence[Movement]


def after(state: str, action: str) -> BatchState:
    allowed, following = _NEXT[action]
    if state not in allowed:
        raise Conflict("batch-state", _WORDS[action])
    return following


def reasons_to_hold(outcome: Outcome) -> list[str]:
    """Return, in words, why a person has to look before this bill counts."""
    reasons = []
    if outcome.refused * _MOST_REFUSED > outcome.rows:
        reasons.append(f"{outcome.refused:,} of {outcome.rows:,} rows cannot be taken.")
    elif outcome.largest > outcome.floor:
        reasons.append(
            f"Of {outcome.refused:,} rows that cannot be taken at least one holds money above the "
            "source's floor."
        )
    reasons += [_removal(move) for move in outcome.movements if _shrinks(move)]
    return reasons


def date_question(proposed: str, proof: str) -> str:
    """Return what a person is asked about dates with slashes; ``proof`` is a date that decides."""
    if not proposed:
        return "Dates have slashes, and nothing in the file proves what comes first: say so."
    first = "day" if proposed == DateOrder.DAY_FIRST else "month"
    return f"Dates have slashes. {proof} proves that the {first} comes first: confirm it."


def _shrinks(move: Movement) -> bool:
    """Money that turns into its opposite is taken whole and more."""
    taken = (move.before - move.after) * (1 if move.before > 0 else -1)
    return move.before != 0 and taken * 100 >= abs(move.before) * _MOST_TAKEN


def _removal(move: Movement) -> str:
    gone = money.printed(move.before - move.after, move.currency)
    return f"This removes {gone} {move.currency} from {move.period}. Confirm with a reason."


def movements(
    before: Iterable[tuple[str, str, int]], now: Iterable[tuple[str, str, int]]
) -> list[Movement]:
    """Pair (period, currency, billed) of what stands with what would."""
    old = {(period, currency): units for period, currency, units in before}
    new = {(period, currency): units for period, currency, units in now}
    return [Movement(*key, old.get(key, 0), new.get(key, 0)) for key in sorted({*old, *new})]


def counts_in(month: str, named: str, spoken: Collection[str]) -> bool:
    """Return whether a refused row that names a month (or nothing, "") stands beside ``month``.

    One that names no month, or one of which its batch brought nothing else, stands beside each
    month of its batch, so that it is lost nowhere.
    """
    return named == month or named not in spoken
