"""Reading policies. A policy belongs to the whole organisation: who may see one may see all."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models

from governance.access.kinds import Permission
from governance.access.rules import scope_of
from governance.kernel.actor import Actor
from governance.kernel.errors import Missing, RuleBroken
from governance.policies.kinds import DEFAULT_KEY, PolicyState

if TYPE_CHECKING:
    from governance.policies.models import PolicyVersion


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion", "PolicyVersion"]):
    def visible_to(self, actor: Actor) -> "PolicyVersionQuerySet":
        return self.none() if scope_of(actor, Permission.POLICY_VIEW).nowhere else self.all()

    def get_visible(self, actor: Actor, key: UUID) -> "PolicyVersion":
        """Return one version by its id; raises ``Missing``."""
        row = self.visible_to(actor).filter(pk=key).first()
        if row is None:
            raise Missing("not-found", "There is nothing here that you may see.")
        return row

    def in_force(self, key: str = DEFAULT_KEY) -> "PolicyVersion":
        """Return the version in force; raises ``RuleBroken`` when nothing was installed."""
        row = self.filter(key=key, state=PolicyState.EFFECTIVE).first()
        if row is None:
            message = "No policy is in force; an administrator runs `manage.py install_policy`."
            raise RuleBroken("no-policy", message)
        return row
