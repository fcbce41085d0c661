"""How much each version was used: recorded in bulk, restated by later rows, never overwritten."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.kinds import Kind
from governance.costs.models import UsageMetric
from governance.costs.rules import usage as rules
from governance.costs.rules.usage import Refused, Usage
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import RuleBroken
from governance.kernel.ids import number_in
from governance.kernel.money import to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog.models import ModelVersion

_CHUNK = 2000
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    version_id: uuid.UUID
    usage: Usage

    @property
    def about(self) -> tuple[uuid.UUID, dt.date, str, str]:
        """What the row speaks of: a later row about the same restates it."""
        return (self.version_id, self.usage.day, self.usage.unit.value, self.usage.origin)


@dataclass(slots=True)
class Recorded:
    """What became of a delivery; ``recorded`` counts the restating rows too."""

    recorded: int = 0
    restated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


@transaction.atomic(durable=True)
def record_usage(*, actor: Actor, rows: Sequence[Mapping[str, str]]) -> Recorded:
    """Record rows of usage (``rules.usage.COLUMNS`` as text); the same again changes nothing.

    Another quantity for the same version, day, unit and origin restates the earlier row, which
    stays readable. Rows that cannot be true are refused one by one; raises ``RuleBroken`` when none
    can be taken.
    """
    permissions.require_anywhere(actor, Permission.USAGE_RECORD)
    rules.require_few(rows)
    done = Recorded()
    good = _distinct(_known(actor, _read(rows, done.refused), done.refused), done.refused)
    done.refused.sort(key=lambda refused: refused.place)
    if not good:
        raise RuleBroken("nothing-taken", "No row can be taken.", errors=_errors(done.refused))
    ledger.hold()
    fresh, restated = _compared(good, done)
    if not fresh:
        return done
    now = timezone.now()
    for start in range(0, len(restated), _CHUNK):
        chunk = restated[start : start + _CHUNK]
        UsageMetric.objects.filter(pk__in=chunk).update(restated_at=now)
    made = [_metric(actor, row) for row in fresh]
    UsageMetric.objects.bulk_create(made, batch_size=_CHUNK)
    _tell(actor, made, done)
    return done


def _read(rows: Sequence[Mapping[str, str]], refused: list[Refused]) -> list[tuple[int, Usage]]:
    today, good = timezone.now().date(), []
    for place, row in enumerate(rows, 1):
        usage, why = rules.read(row, today)
        if usage is None:
            refused.append(Refused(place, why))
        else:
            good.append((place, usage))
    return good


def _known(actor: Actor, rows: list[tuple[int, Usage]], refused: list[Refused]) -> list[_Row]:
    versions = _versions(actor, {usage.version for _, usage in rows})
    for place, usage in rows:
        if usage.version not in versions:
            why = f"{usage.version} is no version on which you may record usage."
            refused.append(Refused(place, (why,)))
    return [_Row(p, versions[u.version], u) for p, u in rows if u.version in versions]


def _distinct(rows: list[_Row], refused: list[Refused]) -> list[_Row]:
    """Two rows of one delivery about the same contradict or double each other: both are refused."""
    counts = Counter(row.about for row in rows)
    twice = ("Another row speaks of the same version, day, unit and origin.",)
    refused += [Refused(row.place, twice) for row in rows if counts[row.about] > 1]
    return [row for row in rows if counts[row.about] == 1]


def _versions(actor: Actor, names: set[str]) -> dict[str, uuid.UUID]:
    """Return the versions so named, among those that the actor may report on."""
    keys = {name: key for name in names if (key := _key(name))}
    numbers = {name: pair for name in names if (pair := _pair(name))}
    wanted = Q(pk__in=set(keys.values())) | Q(model__number__in={m for m, _ in numbers.values()})
    reached = ModelVersion.objects.reached_by(actor, Permission.USAGE_RECORD).filter(wanted)
    found = list(reached.values_list("pk", "model__number", "number"))
    by_pair = {(model, number): pk for pk, model, number in found}
    known = {pk for pk, *_ in found}
    named = {name: key for name, key in keys.items() if key in known}
    return named | {n: by_pair[pair] for n, pair in numbers.items() if pair in by_pair}


def _key(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None


def _pair(name: str) -> tuple[int, int] | None:
    """Return the numbers in ``MDL-00042/v3``."""
    model, _, version = name.partition("/v")
    number = number_in(model, "MDL")
    plain = version.isascii() and version.isdigit() and len(version) < 10  # noqa: PLR2004
    return (number, int(version)) if number is not None and plain else None


def _compared(rows: list[_Row], done: Recorded) -> tuple[list[_Row], list[uuid.UUID]]:
    """Return what is new and the keys of the rows that it restates; counts on ``done``."""
    days = [row.usage.day for row in rows]
    speaking = UsageMetric.objects.speaking().filter(
        version__in={row.version_id for row in rows}, day__range=(min(days), max(days))
    )
    there = {
        (row.version_id, row.day, row.unit, row.origin): row for row in speaking.iterator(_CHUNK)
    }
    fresh, restated = [], []
    for row in rows:
        before = there.get(row.about)
        if before is not None and before.quantity == row.usage.quantity:
            done.unchanged += 1
            continue
        fresh.append(row)
        restated += [before.pk] if before is not None else []
    done.recorded, done.restated = len(fresh), len(restated)
    return fresh, restated


def _metric(actor: Actor, row: _Row) -> UsageMetric:
    return UsageMetric(
        version_id=row.version_id,
        day=row.usage.day,
        unit=row.usage.unit,
        origin=row.usage.origin,
        quantity=row.usage.quantity,
        recorded_by_id=actor.id,
    )


def _tell(actor: Actor, made: list[UsageMetric], done: Recorded) -> None:
    rows: list[Json] = [
        [str(row.version_id), row.day.isoformat(), row.unit, row.origin, to_text(row.quantity)]
        for row in made
    ]
    body: dict[str, Json] = {
        "rows": len(made),
        "restated": done.restated,
        "first_day": min(row.day for row in made).isoformat(),
        "last_day": max(row.day for row in made).isoformat(),
        "digest": digest(rows),
    }
    subject = Subject("costs.usage", made[0].pk)
    ledger.append(actor=actor, kind=Kind.USAGE_RECORDED, subject=subject, body=body)


def _errors(refused: list[Refused]) -> dict[str, tuple[str, ...]]:
    return {f"rows.{row.place}": row.why for row in refused[:_SHOWN]}
