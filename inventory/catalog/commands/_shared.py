"""Steps that the commands of the catalogue share; none of them is a command."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.models import Membership, Team
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, Missing, RuleBroken
from inventory.catalog.rules.plain import text_fault

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Received(Generic[Row]):
    """``fresh`` is False when these bytes were there already and nothing was written."""

    row: Row
    fresh: bool


def require_team(actor: Actor, permission: Permission, team_id: uuid.UUID) -> None:
    """Raise unless the actor holds ``permission`` in a team that exists."""
    permissions.require_in_team(actor, permission, team_id)
    if not Team.objects.filter(pk=team_id).exists():
        raise Missing("not-found", "There is no such team.")


def require_person(user_id: uuid.UUID, team_id: uuid.UUID, field: str) -> None:
    """Raise ``RuleBroken`` unless this is an active person with a role that reaches the team."""
    held = Membership.objects.filter(user_id=user_id, user__is_active=True)
    if not held.filter(Q(team_id=team_id) | Q(team=None)).exists():
        message = "This person holds no role in the team."
        raise RuleBroken("not-in-team", message, errors={field: [message]})


def require_words(field: str, text: str, demand: str) -> str:
    """Return ``text`` without outer spaces; raises ``RuleBroken`` with ``demand`` for nothing."""
    found = text.strip()
    why = text_fault(found) if found else demand
    if why:
        raise RuleBroken(f"{field}-needed", why, errors={field: [why]})
    return found


def validated(row: Row) -> Row:
    """Return ``row`` after its plain fields passed; raises ``RuleBroken`` naming the fields."""
    faults: dict[str, list[str]] = {}
    for field in row._meta.concrete_fields:  # noqa: SLF001 - Django's public name
        value = getattr(row, field.attname)
        if field.is_relation or field.primary_key or isinstance(field, models.JSONField):
            continue
        if value is None and field.null:
            continue
        if reasons := _reasons(field, value, row):
            faults[field.name] = reasons
    if faults:
        first, why = next(iter(faults.items()))
        raise RuleBroken("bad-value", f"{first}: {why[0]}", errors=faults)
    return row


def _reasons(field: Any, value: Any, row: models.Model) -> list[str]:
    if isinstance(value, str) and (why := text_fault(value)):
        return [why]
    if field.blank and value in field.empty_values:
        return []
    if isinstance(field, models.DateTimeField) and field.auto_now_add:
        return []
    try:
        field.clean(value, row)
    except ValidationError as error:
        return list(error.messages)
    return []


def insert(row: Row, taken: Conflict) -> Row:
    """Insert ``row``; raises ``taken`` when a unique constraint stands against it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise taken from error
    return row


def update(row: Row, names: list[str], taken: Conflict) -> Row:
    """Save the named fields of a locked row and count its revision up."""
    row.revision += 1  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            row.save(update_fields=[*names, "revision"])
    except IntegrityError as error:
        raise taken from error
    return row


def changed(row: models.Model, values: Mapping[str, Any]) -> dict[str, Json]:
    """Set ``values`` on ``row`` and return, as JSON, what became of each that differs."""
    moved: dict[str, Json] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            moved[name] = {"from": jsonable(before), "to": jsonable(value)}
    return moved


def only_known(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raise ``RuleBroken`` when a field is named that this command does not change."""
    if unknown := sorted(set(changes) - known):
        errors = {name: ["This cannot be changed."] for name in unknown}
        raise RuleBroken(
            "not-editable", f"This cannot be changed: {', '.join(unknown)}.", errors=errors
        )


def jsonable(value: Any) -> Json:
    """Return a field's value as it stands in an event's body."""
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def next_in(rows: Any) -> int:
    """Return the next number among ``rows``; the parent row is locked by the caller."""
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1
