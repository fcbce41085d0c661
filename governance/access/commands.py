"""Writing people, teams, roles and tokens. Bodies in the ledger name people by id only."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.authentication import token_digest
from governance.access.kinds import TOKEN_DAYS, TOKEN_PREFIX, Kind, Permission, Role
from governance.access.models import ApiToken, Membership, Team, User
from governance.access.rules import token_scopes
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, Invalid, Missing
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject


@transaction.atomic(durable=True)
def create_user(*, actor: Actor, email: str, name: str, password: str) -> User:
    """Create an account. Raises ``Conflict`` (known address) or ``Invalid`` (weak password)."""
    permissions.require_everywhere(actor, Permission.USER_ADMIN)
    user = User(email=email.strip().lower(), name=name.strip())
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "weak-password", " ".join(error.messages), errors={"password": error.messages}
        ) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("user-exists", "There is an account with this e-mail address.") from error
    ledger.append(actor=actor, kind=Kind.USER_CREATED, subject=_user(user.pk), body={})
    return user


@transaction.atomic(durable=True)
def deactivate_user(*, actor: Actor, user_id: UUID) -> User:
    """End somebody's access: sign-in, open sessions and tokens. What they did stays theirs."""
    permissions.require_everywhere(actor, Permission.USER_ADMIN)
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise Missing("not-found", "There is no such account.")
    if user.pk == actor.id:
        raise Conflict("own-account", "Nobody ends their own access; ask another administrator.")
    if not user.is_active:
        raise Conflict("inactive-already", "This account is not active any more.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    ledger.append(actor=actor, kind=Kind.USER_DEACTIVATED, subject=_user(user.pk), body={})
    return user


@transaction.atomic(durable=True)
def create_team(*, actor: Actor, slug: str, name: str) -> Team:
    permissions.require_everywhere(actor, Permission.TEAM_ADMIN)
    try:
        with transaction.atomic():
            team = Team.objects.create(slug=slug, name=name)
    except IntegrityError as error:
        raise Conflict("team-exists", f"There is a team {slug!r}.") from error
    ledger.append(
        actor=actor,
        kind=Kind.TEAM_CREATED,
        subject=Subject("access.team", team.pk),
        body={"slug": slug, "name": name},
    )
    return team


@transaction.atomic(durable=True)
def grant_role(*, actor: Actor, user_id: UUID, role: Role, team_id: UUID | None) -> Membership:
    """Give a role in a team, or in the whole organisation with ``team_id`` None.

    An administrator of a team gives roles in that team alone.
    """
    _require_over(actor, team_id)
    if role is Role.SYSTEM:
        raise Invalid("no-such-role", "Nobody can be given the service's own role.")
    if actor.id == user_id:
        raise Conflict("own-role", "Nobody gives a role to themselves; ask another administrator.")
    _check_known(user_id, team_id)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user_id=user_id, role=role, team_id=team_id)
    except IntegrityError as error:
        raise Conflict("role-held", "This role is held there already.") from error
    body = {"role": role.value, "team": str(team_id) if team_id else None}
    ledger.append(actor=actor, kind=Kind.ROLE_GRANTED, subject=_user(user_id), body=body)
    return membership


@transaction.atomic(durable=True)
def revoke_role(*, actor: Actor, membership_id: UUID) -> None:
    permissions.require_anywhere(actor, Permission.USER_ADMIN)
    held = Membership.objects.select_for_update().filter(pk=membership_id).first()
    if held is None:
        raise Missing("not-found", "This role is not held.")
    _require_over(actor, held.team_id)
    body = {"role": held.role, "team": str(held.team_id) if held.team_id else None}
    held.delete()
    ledger.append(actor=actor, kind=Kind.ROLE_REVOKED, subject=_user(held.user_id), body=body)


@transaction.atomic(durable=True)
def create_token(
    *, actor: Actor, label: str, scopes: Sequence[str], days: int = TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """Return a new token of the acting person and its secret, which is not kept."""
    permissions.require_anywhere(actor, Permission.TOKEN_CREATE)
    unknown = sorted(set(scopes) - set(token_scopes()))
    if unknown:
        raise Invalid("unknown-scope", f"No token may carry: {', '.join(unknown)}.")
    if not 1 <= days <= TOKEN_DAYS:
        raise Invalid("bad-lifetime", f"A token lives from 1 to {TOKEN_DAYS} days.")
    secret = f"{TOKEN_PREFIX}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user_id=actor.id,
        label=label,
        digest=token_digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + timedelta(days=days),
    )
    body: dict[str, Json] = {"scopes": list(token.scopes), "days": days}
    ledger.append(actor=actor, kind=Kind.TOKEN_CREATED, subject=_token(token), body=body)
    return token, secret


@transaction.atomic(durable=True)
def revoke_token(*, actor: Actor, token_id: UUID) -> None:
    """Revoke one of the actor's own tokens, or anybody's as the organisation's administrator."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, revoked_at=None).first()
    own = token is not None and token.user_id == actor.id and not actor.is_token
    if token is None or not (own or permissions.can_everywhere(actor, Permission.USER_ADMIN)):
        raise Missing("not-found", "There is no such token of yours.")
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    ledger.append(actor=actor, kind=Kind.TOKEN_REVOKED, subject=_token(token), body={})


def _require_over(actor: Actor, team_id: UUID | None) -> None:
    """Raise ``NotPermitted`` unless the actor administers this team, or (None) all of them."""
    if team_id is None:
        permissions.require_everywhere(actor, Permission.USER_ADMIN)
    else:
        permissions.require_in_team(actor, Permission.USER_ADMIN, team_id)


def _check_known(user_id: UUID, team_id: UUID | None) -> None:
    if not User.objects.filter(pk=user_id).exists():
        raise Missing("no-such-user", "There is no such account.")
    if team_id is not None and not Team.objects.filter(pk=team_id).exists():
        raise Missing("no-such-team", "There is no such team.")


def _user(user_id: UUID) -> Subject:
    return Subject("access.user", user_id)


def _token(token: ApiToken) -> Subject:
    return Subject("access.token", token.pk)
