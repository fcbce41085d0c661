"""How a case moves: the transition table, quorum, outcome, validity. Pure."""

import calendar
from collections.abc import Mapping, Sequence
from datetime import date

from governance.approvals.kinds import Act, CaseState, Choice, StepKind, StepState
from governance.kernel.errors import Conflict

_S = CaseState
TRANSITIONS: Mapping[tuple[CaseState, Act], CaseState] = {
    (_S.DRAFT, Act.ATTACH): _S.DRAFT,
    (_S.DRAFT, Act.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, Act.SPEAK): _S.IN_REVIEW,
    (_S.SUBMITTED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_REVIEW, Act.SPEAK): _S.IN_REVIEW,
    (_S.IN_REVIEW, Act.APPROVE): _S.APPROVED,
    (_S.IN_REVIEW, Act.APPROVE_CONDITIONALLY): _S.CONDITIONAL,
    (_S.IN_REVIEW, Act.REJECT): _S.REJECTED,
    (_S.IN_REVIEW, Act.WITHDRAW): _S.WITHDRAWN,
}


def after(state: str, act: Act) -> CaseState:
    """Return the state that ``act`` leads to; raises ``Conflict`` when the table has no way."""
    now = CaseState(state)
    following = TRANSITIONS.get((now, act))
    if following is None:
        raise Conflict(
            "case-state",
            f"This case is {now.label.lower()}; nobody can {act.label} any more, or yet.",
        )
    return following


def quorum_met(kind: str, quorum: int, choices: Sequence[str]) -> bool:
    """Return whether a step is done. Abstentions are kept and never count.

    An opinion counts whichever way it goes; a decision step is done at its first "against".
    """
    spoken = [choice for choice in choices if choice != Choice.ABSTAIN]
    if kind == StepKind.DECISION and Choice.AGAINST in spoken:
        return True
    return len(spoken) >= max(quorum, 1)


def outcome_of(decisions: Sequence[str], conditions: int) -> Act:
    """Return how a case ends once its last decision step is done. Conditions that anybody in favour
    has set bind, whoever sets none after them.
    """
    if Choice.AGAINST in decisions:
        return Act.REJECT
    if Choice.CONDITIONAL in decisions or conditions:
        return Act.APPROVE_CONDITIONALLY
    return Act.APPROVE


def next_open(steps: Sequence[tuple[int, str]]) -> int | None:
    """Return the position to open next, from (position, state); None when all are done."""
    waiting = [position for position, state in steps if state == StepState.WAITING]
    return min(waiting, default=None)


def end_of_validity(decided_on: date, months: int) -> date:
    """Return the day ``months`` later; the last of a shorter month."""
    years, month = divmod(decided_on.month - 1 + months, 12)
    year, month = decided_on.year + years, month + 1
    return date(year, month, min(decided_on.day, calendar.monthrange(year, month)[1]))
