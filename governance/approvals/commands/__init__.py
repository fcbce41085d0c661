"""Writing cases. Every command locks the case's row first, so nothing in a case is ever raced."""

from governance.approvals.commands.cases import (
    attach_evidence,
    open_case,
    submit_case,
    withdraw_case,
)
from governance.approvals.commands.conditions import meet_condition
from governance.approvals.commands.decisions import decide_step

__all__ = [
    "attach_evidence",
    "decide_step",
    "meet_condition",
    "open_case",
    "submit_case",
    "withdraw_case",
]
