"""Writing and erasing coaching notes: the one write here that leaves no event, on purpose."""

from uuid import UUID

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import words
from governance.costs.kinds import HintKind
from governance.costs.models import CoachingNote, CostHint
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict


@transaction.atomic(durable=True)
def write_coaching(*, actor: Actor, hint_id: UUID, text: str) -> CoachingNote | None:
    """Write what might help stuck work on, in place of what was written; no text erases it.

    No event tells of it: a note that entered the ledger would be evidence, and nobody would write
    one. Raises ``Conflict`` for anything but stuck work.
    """
    hint: CostHint = CostHint.objects.locked(hint_id)
    permissions.require(actor, Permission.WORK_COACH, hint, view=Permission.COST_VIEW)
    if hint.kind != HintKind.STUCK:
        raise Conflict("not-stuck", "A coaching note is for stuck work.")
    if not text.strip():
        CoachingNote.objects.filter(hint=hint).delete()
        return None
    said = words("text", text, "Write something.")
    row, _ = CoachingNote.objects.update_or_create(
        hint=hint, defaults={"text": said, "written_by_id": actor.id}
    )
    return row
