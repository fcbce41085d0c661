"""Visibility as a query: deny by default, one column or one subquery, never a list of ids."""

import uuid
from collections.abc import Collection
from typing import Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.rules import SHARED, Scope, allowed_by_token, scope_of
from governance.kernel.actor import Actor
from governance.kernel.errors import Missing

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M, M]):
    """Base of every governed queryset.

    A subclass names the permission to see its rows, the path from a row to its owning team (empty:
    the whole organisation owns them) and, if rows can be shared, the path to the shared model.
    """

    view: ClassVar[Permission]
    team_path: ClassVar[str] = "team_id"
    shared_path: ClassVar[str] = ""

    def visible_to(self, actor: Actor) -> Self:
        """Return the rows that ``actor`` may see; none when nothing says so."""
        return self.reached_by(actor, self.view)

    def reached_by(self, actor: Actor, permission: Permission) -> Self:
        """Return the rows on which ``actor`` holds ``permission``."""
        scope = scope_of(actor, permission)
        if scope.everywhere:
            return self.all()
        return self.filter(self._reach(actor, permission, scope))

    def _reach(self, actor: Actor, permission: Permission, scope: Scope) -> Q:
        reach = Q(pk__in=[])
        if scope.teams and self.team_path:
            reach |= Q(**{f"{self.team_path}__in": scope.teams})
        if self.shared_path and permission in SHARED and allowed_by_token(actor, permission):
            shared = shares_of(actor.id).values("content_object_id")  # hashed once, not once a row
            reach |= Q(**{f"{self.shared_path}__in": shared})
        return reach

    def get_visible(self, actor: Actor, key: Any) -> M:
        """Return one row by key; raises ``Missing`` when absent or not to be seen."""
        row = self.visible_to(actor).filter(pk=key).first()
        if row is None:
            raise Missing("not-found", "There is nothing here that you may see.")
        return row

    def locking(self) -> Self:
        """Return the rows, each locked from when it is read until the transaction ends.

        Keys never change, so rows that point at it may be written meanwhile: whoever writes them
        may hold the ledger already, for which the holder of this lock will ask.
        """
        return self.select_for_update(of=("self",), no_key=True)

    def locked(self, key: Any) -> M:
        """Return one row, locked until the transaction ends; raises ``Missing``."""
        row = self.locking().filter(pk=key).first()
        if row is None:
            raise Missing("not-found", "There is nothing here that you may see.")
        return row


def shares_of(user_id: uuid.UUID) -> models.QuerySet[Any]:
    """Return the rows of guardian's direct-key table that share a model with this person."""
    share = apps.get_model("catalog", "ModelShare")
    return share._default_manager.filter(user_id=user_id)  # noqa: SLF001


class TokenQuerySet(models.QuerySet[Any]):
    def usable(self) -> "TokenQuerySet":
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


def names_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of these people; the service itself has none."""
    people = apps.get_model("access", "User")._default_manager  # noqa: SLF001
    return dict(people.filter(pk__in=ids).values_list("pk", "name"))
