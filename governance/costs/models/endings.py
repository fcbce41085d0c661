"""Work that ended, by whose decision, and what was learnt."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.querysets.endings import WorkEndingQuerySet
from governance.kernel.ids import new_id, public_id

_PERSON = settings.AUTH_USER_MODEL


def _one(name: str) -> models.UniqueConstraint:
    standing = Q(stood_until=None) & Q(**{f"{name}__isnull": False})
    if name == "model":
        standing &= Q(version=None)
    if name == "use_case":
        standing &= Q(model=None)
    return models.UniqueConstraint(fields=[name], condition=standing, name=f"ending_of_{name}")


class WorkEnding(Governed):
    """A use case, a model or a version that ended: the lowest of the three that is filled.

    ``decision`` is the number of what decided (``APR-00012``), empty when people just stopped;
    ``deciders`` the ids of who did. ``stood_until``: when it was taken up again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    ending = models.CharField(max_length=10, choices=kinds.Ending.choices)
    team: Any = models.ForeignKey("access.Team", on_delete=models.PROTECT, related_name="+")
    use_case: Any = models.ForeignKey("catalog.UseCase", on_delete=models.PROTECT, related_name="+")
    model: Any = models.ForeignKey(
        "catalog.RegisteredModel", null=True, on_delete=models.PROTECT, related_name="+"
    )
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=40, blank=True)
    decision_key = models.UUIDField(null=True)  # of the case, for a link
    deciders: Any = models.JSONField(default=list)
    reason = models.TextField()
    ended_at = models.DateTimeField()
    stood_until = models.DateTimeField(null=True)
    learnt = models.TextField(blank=True)
    learnt_by: Any = models.ForeignKey(
        _PERSON, null=True, on_delete=models.PROTECT, related_name="+"
    )
    learnt_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = WorkEndingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *(_one(name) for name in ("use_case", "model", "version")),
            models.UniqueConstraint(
                fields=["decision"], condition=~Q(decision=""), name="ending_of_decision"
            ),
        ]

    def __str__(self) -> str:
        return str(self.version or self.model or self.use_case)

    @property
    def public_id(self) -> str:
        return public_id("END", self.number)
