"""What money can be charged to: made from the inventory, pools by hand; renamed and retired."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands import wanted
from governance.costs.commands.checks import require_somebody, words
from governance.costs.kinds import Kind, TargetKind
from governance.costs.models import Target, TargetPlace
from governance.costs.rules import targets as rules
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

_CHUNK = 2000
_NAMED = 50  # keys that an event of many targets names; its digest covers them all
_LONGEST_NAME = 300


@transaction.atomic(durable=True)
def ensure_targets(*, actor: Actor, subject_id: UUID | None = None) -> int:
    """Make the targets that the inventory calls for and that are not there; return how many.

    ``subject_id`` looks at one team, use case, model or version alone, and takes over its new name.
    Done by the service after each such event; the same again changes nothing.
    """
    permissions.require_service(actor)
    moved = wanted.moved(subject_id) if subject_id is not None else []
    ledger.hold()
    missing = wanted.missing(subject_id)
    made = Target.objects.bulk_create(missing, batch_size=_CHUNK)
    _follow(actor, moved)
    if made:
        keys = sorted(target.key for target in made)
        told: dict[str, Json] = {"count": len(keys), "keys": keys[:_NAMED], "digest": digest(keys)}
        _record(actor, Kind.TARGET_CREATED, made[0], told)
    return len(made)


@transaction.atomic(durable=True)
def create_pool(*, actor: Actor, slug: str, name: str, owner_id: UUID | None = None) -> Target:
    """Make a pool: money is gathered there and shared out by a later rule. It has an owner."""
    permissions.require_everywhere(actor, Permission.COST_RULE_EDIT)
    owner_id = owner_id or actor.id
    require_somebody(owner_id, "owner")
    ledger.hold()
    key = rules.pool_key(slug)
    if Target.objects.filter(key=key).exists():
        message = f"There is a pool {key} already."
        raise Conflict("pool-exists", message, errors={"slug": [message]})
    rules.require_free([key], _taken([key]))
    row = Target.objects.create(
        key=key,
        kind=TargetKind.POOL,
        name=words("name", name, "Give the pool a name.", _LONGEST_NAME),
        owner_id=owner_id,
    )
    _record(actor, Kind.TARGET_CREATED, row, {"keys": [key], "owner": str(owner_id)})
    return row


@transaction.atomic(durable=True)
def edit_target(*, actor: Actor, target_id: UUID, changes: Mapping[str, Any]) -> Target:
    """Change ``name`` (of a pool), ``aliases`` or ``owner_id``.

    Raises ``Conflict`` for an alias by which tags call another target already.
    """
    permissions.require_everywhere(actor, Permission.COST_RULE_EDIT)
    row = Target.objects.locked(target_id)
    ledger.hold()
    moved: dict[str, Json] = {}
    for name, value in _checked(row, changes).items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            moved[name] = {"from": _plain(before), "to": _plain(value)}
    if moved:
        row.save(update_fields=list(moved))
        _record(actor, Kind.TARGET_CHANGED, row, {"key": row.key, "changes": moved})
    return row


@transaction.atomic(durable=True)
def retire_target(*, actor: Actor, target_id: UUID, on: dt.date, successor: str = "") -> Target:
    """Let charges from the day ``on`` go to ``successor`` (a key), or stay unallocated without one.

    Raises ``Conflict`` for a target that is retired already, ``RuleBroken`` for a bad successor.
    """
    permissions.require_everywhere(actor, Permission.COST_RULE_EDIT)
    row = Target.objects.locked(target_id)
    ledger.hold()
    if row.kind in rules.FIXED_KINDS:
        raise RuleBroken("never-retired", f"{row.name} takes what nothing else takes; it stays.")
    if row.retired_on is not None:
        raise Conflict("retired-already", f"{row.key} was retired on {row.retired_on}.")
    row.retired_on, row.successor = on, _successor(row, successor)
    row.save(update_fields=["retired_on", "successor"])
    told: dict[str, Json] = {"key": row.key, "on": on.isoformat(), "successor": successor or None}
    _record(actor, Kind.TARGET_RETIRED, row, told)
    return row


def _follow(actor: Actor, found: list[tuple[Target, wanted.Place]]) -> None:
    """Names and places follow the inventory; keys and what was charged to them do not move.

    Where a target stood is written down, so that earlier money is found there.
    """
    moved = [row for row, _ in found]
    if moved:
        Target.objects.bulk_update(moved, ["name", "team", "use_case"], batch_size=_CHUNK)
        _remember(found)
        keys = [row.key for row in moved]
        told: dict[str, Json] = {"count": len(keys), "keys": keys[:_NAMED], "digest": digest(keys)}
        _record(actor, Kind.TARGET_CHANGED, moved[0], told)


def _remember(found: list[tuple[Target, wanted.Place]]) -> None:
    """Of what moves twice on one day the first place is kept: there it stood the day before."""
    today = timezone.now().date()
    TargetPlace.objects.bulk_create(
        (
            TargetPlace(target=row, until=today, team_id=team, use_case_id=use_case)
            for row, (team, use_case) in found
            if (team, use_case) != (row.team_id, row.use_case_id)
        ),
        ignore_conflicts=True,
    )


def _checked(row: Target, changes: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(changes) - {"name", "aliases", "owner_id"}):
        raise RuleBroken("not-editable", f"This cannot be changed: {', '.join(unknown)}.")
    values = dict(changes)
    if "name" in values and values["name"] != row.name:
        if row.kind != TargetKind.POOL:
            message = "Only a pool is named here; others are called as the inventory calls them."
            raise RuleBroken("not-editable", message, errors={"name": [message]})
        values["name"] = words("name", values["name"], "Give the pool a name.", _LONGEST_NAME)
    if values.get("owner_id"):
        require_somebody(values["owner_id"], "owner")
    if "aliases" in values:
        values["aliases"] = rules.checked_aliases(values["aliases"])
        rules.require_free(values["aliases"], _taken(values["aliases"], but=row))
    return values


def _taken(names: Iterable[str], but: Target | None = None) -> dict[str, str]:
    """Return which of ``names`` find a target by its key or its aliases: folded name to key."""
    rows = Target.objects.exclude(pk=but.pk) if but else Target.objects.all()
    keys = Q(pk__in=[])
    for name in names:
        keys |= Q(key__iexact=name)
    taken = {rules.folded(key): key for key in rows.filter(keys).values_list("key", flat=True)}
    for key, aliases in rows.exclude(aliases=[]).values_list("key", "aliases"):
        taken |= {rules.folded(alias): key for alias in aliases}
    return taken


def _successor(row: Target, key: str) -> Target | None:
    if not key:
        return None
    found = Target.objects.filter(key=key, retired_on=None).exclude(pk=row.pk).first()
    if found is None or found.kind == TargetKind.UNALLOCATED:
        message = f"{key} is no target in use; name another, or none."
        raise RuleBroken("bad-successor", message, errors={"successor": [message]})
    return found


def _plain(value: Any) -> Json:
    return str(value) if isinstance(value, UUID) else value


def _record(actor: Actor, kind: Kind, row: Target, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.target", row.pk), body=body)
