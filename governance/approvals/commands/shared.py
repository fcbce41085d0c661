"""Steps that several commands share, inside the transaction of each."""

from datetime import datetime, timedelta
from uuid import UUID

from governance.access import permissions
from governance.access.kinds import Permission
from governance.approvals.kinds import Kind, StepState
from governance.approvals.models import ApprovalCase, Step
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.policies.rules import Step as Rule

SUBJECT = "approvals.case"


def locked_case(actor: Actor, case_id: UUID, permission: Permission) -> ApprovalCase:
    """Return the case under lock; raises ``Missing`` or ``NotPermitted``."""
    case = held_case(case_id)
    permissions.require(actor, permission, case, view=Permission.CASE_VIEW)
    return case


def held_case(case_id: UUID) -> ApprovalCase:
    """Return the case with every row that its statement reads, none of which can change any more.

    The rows are read only once the case is locked and the ledger held: read together with the lock,
    they would be as they were when the waiting began.
    """
    ApprovalCase.objects.locked(case_id)
    ledger.hold()
    case: ApprovalCase = ApprovalCase.objects.whole().get(pk=case_id)
    return case


def record(actor: Actor, kind: Kind, case: ApprovalCase, body: dict[str, Json]) -> int:
    """Append an event about the case and return its number."""
    subject = Subject(SUBJECT, case.pk)
    return int(ledger.append(actor=actor, kind=kind, subject=subject, body=body).seq)


def open_step(step: Step, rule: Rule, now: datetime) -> None:
    """Start a step's clock."""
    step.state, step.opened_at = StepState.OPEN, now
    step.due_at = now + timedelta(days=rule.days)
    step.save(update_fields=["state", "opened_at", "due_at"])
