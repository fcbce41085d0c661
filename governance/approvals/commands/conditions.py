"""Closing what an approval hangs on."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.rules import is_person
from governance.approvals.commands.shared import locked_case, record
from governance.approvals.kinds import APPROVED_STATES, ConditionState, Kind
from governance.approvals.models import Condition
from governance.approvals.querysets import independence
from governance.approvals.rules.independence import check_closure
from governance.approvals.rules.words import MAX_TEXT
from governance.kernel.actor import Actor
from governance.kernel.canonical import digest
from governance.kernel.errors import Conflict, Missing, NotPermitted, RuleBroken


@transaction.atomic(durable=True)
def meet_condition(*, actor: Actor, condition_id: UUID, note: str) -> Condition:
    """Declare a condition met: by a reviewer, never by its owner or by who built the version."""
    case_id = Condition.objects.filter(pk=condition_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise Missing("not-found", "There is nothing here that you may see.")
    case = locked_case(actor, case_id, Permission.CONDITION_MEET)
    if not is_person(actor):
        raise NotPermitted("person-needed", "A person signed in says this, never a token.")
    condition: Condition = Condition.objects.get(pk=condition_id)
    if case.state not in APPROVED_STATES:
        raise Conflict("case-state", "This case was not approved, so its conditions bind nobody.")
    is_open = condition.state == ConditionState.OPEN
    built = independence.builders(case)
    check_closure(actor.id, condition.owner_id, built, note, is_open=is_open)
    if len(note) > MAX_TEXT:
        long = f"Keep it under {MAX_TEXT:,} characters."
        raise RuleBroken("note-too-long", long, errors={"note": [long]})
    condition.state, condition.met_by_id = ConditionState.MET, actor.id
    condition.met_at, condition.met_note = timezone.now(), note.strip()
    condition.save(update_fields=["state", "met_by", "met_at", "met_note"])
    body = {"condition": str(condition.pk), "note_digest": digest(condition.met_note)}
    record(actor, Kind.CONDITION_MET, case, dict(body))
    return condition
