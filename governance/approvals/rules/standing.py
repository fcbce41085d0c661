"""What a version's cases come to today: derived from what was decided and what is, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from governance.approvals.kinds import APPROVED_STATES, IN_FORCE, OPEN_STATES, CaseState, Status


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case as far as its version's standing depends on it. ``changed`` says in plain words what
    is no longer as it was approved; ``overdue`` counts open conditions past their date.
    """

    id: UUID
    public_id: str
    state: str
    valid_until: date | None
    changed: tuple[str, ...] = ()
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """``case_id`` is the case that it rests on; ``reasons`` say why it is not simply approved."""

    status: Status
    case_id: UUID | None = None
    case: str = ""
    valid_until: date | None = None
    overdue: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def in_force(self) -> bool:
        return self.status in IN_FORCE

    @property
    def usable(self) -> bool:
        """Whether the version may be used today: in force, and no condition is overdue."""
        return self.in_force and not self.overdue


def standing_of(cases: Sequence[CaseFacts], today: date) -> Standing:
    """Return the standing from one version's cases, newest first.

    The newest decided case speaks; an open case speaks when nothing is in force.
    """
    decided = next((c for c in cases if c.state in {*APPROVED_STATES, CaseState.REJECTED}), None)
    open_case = next((c for c in cases if c.state in OPEN_STATES), None)
    standing = _decided(decided, today) if decided else Standing(Status.NONE)
    if standing.in_force or open_case is None:
        return standing
    status = Status.DRAFT if open_case.state == CaseState.DRAFT else Status.IN_REVIEW
    return Standing(status, open_case.id, open_case.public_id, reasons=standing.reasons)


def _decided(case: CaseFacts, today: date) -> Standing:
    if case.state == CaseState.REJECTED:
        told = f"{case.public_id} was rejected."
        return Standing(Status.REJECTED, case.id, case.public_id, reasons=(told,))
    status, reasons = Status.APPROVED, _overdue(case.overdue)
    if case.changed:
        status, reasons = Status.LAPSED, case.changed
    elif case.valid_until is None or case.valid_until < today:
        status, reasons = Status.EXPIRED, (f"The approval ended on {case.valid_until}.",)
    elif case.state == CaseState.CONDITIONAL:
        status = Status.CONDITIONAL
    return Standing(status, case.id, case.public_id, case.valid_until, case.overdue, reasons)


def _overdue(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} condition{'s are' if count > 1 else ' is'} past the date set for it.",)
