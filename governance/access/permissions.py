"""May this actor do this to that: asked inside commands, and by pages before they offer it."""

import uuid

from governance.access.governed import Governed
from governance.access.kinds import Permission
from governance.access.querysets import shares_of
from governance.access.rules import SHARED, allowed_by_token, scope_of
from governance.kernel.actor import SYSTEM_ROLE, Actor
from governance.kernel.errors import Missing, NotPermitted


def can(actor: Actor, permission: Permission, obj: Governed | None = None) -> bool:
    """Return whether ``actor`` holds ``permission`` on ``obj`` (anywhere at all, without one).

    Equal to membership in ``ScopedQuerySet.reached_by``; a property test holds the two together.
    """
    scope = scope_of(actor, permission)
    if obj is None:
        return not scope.nowhere
    if scope.covers(obj.owning_team_id):
        return True
    if permission not in SHARED or obj.shared_model_id is None:
        return False
    return allowed_by_token(actor, permission) and (
        shares_of(actor.id).filter(content_object_id=obj.shared_model_id).exists()
    )


def can_in_team(actor: Actor, permission: Permission, team_id: uuid.UUID) -> bool:
    """Return whether ``actor`` may do this in a team, before there is an object."""
    return scope_of(actor, permission).covers(team_id)


def can_everywhere(actor: Actor, permission: Permission) -> bool:
    """Return whether ``actor`` holds ``permission`` in the whole organisation."""
    return scope_of(actor, permission).everywhere


def require(
    actor: Actor, permission: Permission, obj: Governed, *, view: Permission | None = None
) -> None:
    """Raise ``NotPermitted``, or ``Missing`` when the actor may not even see ``obj``."""
    if can(actor, permission, obj):
        return
    if view is not None and not can(actor, view, obj):
        raise Missing("not-found", "There is nothing here that you may see.")
    raise NotPermitted("not-permitted", _refusal(actor, permission))


def require_in_team(actor: Actor, permission: Permission, team_id: uuid.UUID) -> None:
    """Raise ``NotPermitted`` unless the actor holds ``permission`` in that team."""
    if not can_in_team(actor, permission, team_id):
        raise NotPermitted("not-permitted", _refusal(actor, permission))


def require_anywhere(actor: Actor, permission: Permission) -> None:
    """Raise ``NotPermitted`` unless the actor holds ``permission`` at all."""
    if not can(actor, permission):
        raise NotPermitted("not-permitted", _refusal(actor, permission))


def require_everywhere(actor: Actor, permission: Permission) -> None:
    """Raise ``NotPermitted`` unless the actor holds ``permission`` in the whole organisation."""
    if can_everywhere(actor, permission):
        return
    require_anywhere(actor, permission)
    reach = f"You hold the right {permission.value} in single teams only; this concerns them all."
    raise NotPermitted("not-permitted", reach)


def require_service(actor: Actor) -> None:
    """Raise ``NotPermitted`` unless the service acts: nobody types in what workers find."""
    if SYSTEM_ROLE not in actor.roles:
        raise NotPermitted("not-permitted", "Only the service itself records this.")


def _refusal(actor: Actor, permission: Permission) -> str:
    if not allowed_by_token(actor, permission):
        return f"This token does not carry the right {permission.value}, or no token may."
    return f"None of your roles gives you the right {permission.value} here."
