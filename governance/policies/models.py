"""Policy versions: YAML text, kept as installed, never edited."""

import json
from functools import lru_cache
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from governance.kernel.canonical import canonical, sha256_hex
from governance.kernel.errors import RuleBroken
from governance.kernel.ids import new_id
from governance.policies.kinds import PolicyState
from governance.policies.querysets import PolicyVersionQuerySet
from governance.policies.rules import Policy, policy_from_document


class PolicyVersion(models.Model):
    """``document`` is the parsed text; ``digest`` is over its canonical JSON."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.SlugField()
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    document: Any = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=PolicyState.choices)
    effective_from = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects: ClassVar = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "number"], name="policy_number"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state=PolicyState.EFFECTIVE),
                name="policy_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def policy(self) -> Policy:
        """Return what the text says, as the rules read it.

        Raises ``RuleBroken`` when the row is not what its digest says.
        """
        document = canonical(self.document)
        if sha256_hex(document) != self.digest:
            raise RuleBroken("policy-changed", "This policy is not the one that was installed.")
        return _parsed(document)


@lru_cache(maxsize=32)
def _parsed(document: bytes) -> Policy:
    return policy_from_document(json.loads(document))
