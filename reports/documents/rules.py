"""What may become of a report. Pure."""

import datetime as dt

from governance.kernel.errors import Conflict, Invalid, RuleBroken
from reports.documents.kinds import ReportState as S

# From where each step may be taken; anything else is a conflict.
TRANSITIONS: dict[str, tuple[frozenset[S], S]] = {
    "freeze": (frozenset({S.REQUESTED}), S.FROZEN),
    "issue": (frozenset({S.FROZEN}), S.SIGNED),
    "fail": (frozenset({S.REQUESTED, S.FROZEN}), S.FAILED),
    "supersede": (frozenset({S.SIGNED}), S.SUPERSEDED),
    "recall": (frozenset({S.SIGNED, S.SUPERSEDED}), S.RECALLED),
}
CURRENT = (S.REQUESTED, S.FROZEN, S.SIGNED)


def after(state: str, step: str) -> S:
    """Return the state after ``step``; raises ``Conflict`` when it cannot be taken."""
    allowed, result = TRANSITIONS[step]
    if S(state) not in allowed:
        raise Conflict("report-state", f"A report that is {S(state).label.lower()} cannot {step}.")
    return result


def first_day(month: str) -> dt.date:
    """Return the first day of ``month`` (``2026-09``); raises ``Invalid``."""
    try:
        return dt.date.fromisoformat(f"{month}-01")
    except ValueError as error:
        message = "Write the month as YYYY-MM."
        raise Invalid("bad-month", message, errors={"month": [message]}) from error


def check_reportable(*, case_ended: bool, has_run: bool) -> None:
    """Raise ``RuleBroken`` unless a case can be reported on."""
    if not case_ended:
        raise RuleBroken("case-open", "A validation report is made when the case has been decided.")
    if not has_run:
        raise RuleBroken("no-evidence", "This case rests on no run, so there is nothing to report.")
