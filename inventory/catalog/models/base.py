"""What every governed row of the catalogue carries."""

from typing import Any

from django.conf import settings
from django.db import models

from governance.access.governed import Governed
from governance.kernel.ids import new_id
from inventory.catalog.kinds import Inspection


class Recorded(Governed):
    """``revision`` grows with every write and makes the ETag."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True


class Inspected(models.Model):
    """A file that a worker opens in the sandbox after it was received.

    Whoever counts ``inspection_attempt`` up has it to themselves until ``inspection_lease_until``.
    """

    inspection = models.CharField(
        max_length=20, choices=Inspection.choices, default=Inspection.WAITING
    )
    inspection_note = models.TextField(blank=True)
    inspection_attempt = models.PositiveSmallIntegerField(default=0)
    inspection_lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        return self.inspection == Inspection.WAITING

    @property
    def inspection_look(self) -> str:
        """The state whose colour and icon pages show beside the words."""
        looks = {Inspection.READABLE: "done", Inspection.UNREADABLE: "refused"}
        return looks.get(Inspection(self.inspection), "checking")

    @property
    def state_id(self) -> str:
        """The id of the page's part that shows the state."""
        return f"inspection-{self.pk}"


class TeamOwned(Recorded):
    team: Any = models.ForeignKey("access.Team", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
