"""Words between colleagues about stuck work, kept apart from everything that is audited."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.costs.models.value import CostHint
from governance.costs.querysets.value import CoachingNoteQuerySet
from governance.kernel.ids import new_id


class CoachingNote(Governed):
    """What might help stuck work on. In no report, no export, no API and no event of the ledger:
    who writes it must not fear that it is read as a finding. It can be changed, and erased.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    hint: Any = models.OneToOneField(CostHint, on_delete=models.CASCADE, related_name="coaching")
    text = models.TextField()
    written_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(auto_now=True)

    objects: ClassVar = CoachingNoteQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.hint)
