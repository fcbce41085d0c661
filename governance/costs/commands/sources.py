"""Where bills come from: named once, with an owner."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import require_somebody, words
from governance.costs.kinds import DateOrder, Delivery, Kind, SourceKind
from governance.costs.models import CostSource
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

_LONGEST_NAME = 100
_MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class SourceFields:
    """``floor`` in units: the least money of a refused row that stops a batch."""

    name: str
    kind: str = SourceKind.FOCUS_FILE
    issuer: str = ""
    delivery: str = Delivery.REPLACE
    date_order: str = DateOrder.NONE
    settlement_days: int = 3
    floor: int = 0
    owner_id: UUID | None = None


@transaction.atomic(durable=True)
def create_source(*, actor: Actor, fields: SourceFields) -> CostSource:
    """Name a source; raises ``Conflict`` for a name that is taken."""
    permissions.require_everywhere(actor, Permission.COST_IMPORT)
    return _add(actor, fields)


@transaction.atomic(durable=True)
def edit_source(*, actor: Actor, source_id: UUID, fields: SourceFields) -> CostSource:
    """Change a source's terms; they hold for what is read from now on."""
    row = CostSource.objects.locked(CostSource.objects.get_visible(actor, source_id).pk)
    permissions.require(actor, Permission.COST_IMPORT, row, view=Permission.COST_VIEW)
    moved: dict[str, Json] = {}
    for name, value in _checked(actor, fields, row.pk).items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            moved[name] = {"from": _said(name, before), "to": _said(name, value)}
    if moved:
        row.revision += 1
        row.save()
        _record(actor, Kind.SOURCE_CHANGED, row, moved)
    return row


def put_in_order(actor: Actor, row: CostSource, order: DateOrder) -> None:
    """A step inside a command's transaction: what the source's dates with slashes begin with."""
    if row.date_order == order:
        return
    if row.date_order:
        told = f"{row.name} writes dates otherwise, as somebody has said; change the source."
        raise Conflict("date-order-known", told)
    row.date_order = order
    row.revision += 1
    row.save(update_fields=["date_order", "revision"])
    _record(actor, Kind.SOURCE_CHANGED, row, {"date_order": {"from": "", "to": str(order)}})


def source_by_hand(actor: Actor, issuer: str) -> CostSource:
    """Return the source of what ``issuer`` enters by hand, made the first time.

    In a transaction before the one of its first batch: a batch's number is drawn before any event.
    """
    ours = CostSource.objects.filter(kind=SourceKind.MANUAL, issuer=issuer).order_by("created_at")
    if (known := ours.first()) is not None:
        return known
    fields = SourceFields(
        name=issuer, kind=SourceKind.MANUAL, issuer=issuer, delivery=Delivery.APPEND
    )
    try:
        with transaction.atomic(durable=True):
            return _add(actor, fields)
    except (Conflict, IntegrityError):
        if (raced := ours.first()) is None:
            raise
        return raced


def _add(actor: Actor, fields: SourceFields) -> CostSource:
    values = _checked(actor, fields, None)
    row = CostSource.objects.create(created_by_id=actor.id, **values)
    _record(actor, Kind.SOURCE_CREATED, row, {n: _said(n, v) for n, v in values.items()})
    return row


def _checked(actor: Actor, fields: SourceFields, own: UUID | None) -> dict[str, Any]:
    values = asdict(fields)
    name = words("name", fields.name, "Give the source a name.", _LONGEST_NAME)
    owner = fields.owner_id or actor.id
    require_somebody(owner, "owner")
    if not 0 <= fields.settlement_days <= _MOST_DAYS:
        message = f"Settlement takes 0 to {_MOST_DAYS} days."
        raise RuleBroken("bad-value", message, errors={"settlement_days": [message]})
    if not 0 <= fields.floor <= money.MOST:
        message = "The floor is an amount of at least 0."
        raise RuleBroken("bad-value", message, errors={"floor": [message]})
    if any(key != own for key in CostSource.objects.filter(name=name).values_list("pk", flat=True)):
        message = f"There is a source “{name}” already."
        raise Conflict("name-taken", message, errors={"name": [message]})
    return {**values, "name": name, "issuer": fields.issuer.strip(), "owner_id": owner}


def _said(name: str, value: Any) -> Json:
    if name == "floor":
        return money.to_text(value)
    return str(value) if isinstance(value, UUID) else value


def _record(actor: Actor, kind: Kind, row: CostSource, body: dict[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.source", row.pk), body=body)
