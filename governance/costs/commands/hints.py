"""What money tells is written down once for each subject; only a person closes it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import words
from governance.costs.kinds import HintState, Kind
from governance.costs.models import CostHint, Target
from governance.costs.rules import hints as rules
from governance.costs.rules.hints import Hint
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.money import to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

_REPEATED = dt.timedelta(days=7)  # what is seen every day is written down once a week


@transaction.atomic(durable=True)
def record_hints(*, actor: Actor, hints: Sequence[Hint], seen_on: dt.date) -> int:
    """Open what is new and append evidence to what is open; return how many rows were written.

    Done by the service after each published run and once a day; the same again changes nothing.
    """
    permissions.require_service(actor)
    wanted = rules.largest(hints)
    keys = {hint.target_key for hint in wanted if hint.target_key}
    targets = {row.key: row for row in Target.objects.filter(key__in=keys)}
    standing = CostHint.objects.exclude(state=HintState.CLOSED).filter(
        subject__in={hint.subject for hint in wanted}
    )
    known = {(row.kind, row.subject): row for row in standing.locking().order_by("pk")}
    ledger.hold()
    told = set(standing.values_list("kind", "subject"))  # by another watcher, meanwhile
    written = 0
    for hint in wanted:
        row = known.get((hint.kind, hint.subject))
        if row is None and (hint.kind, hint.subject) in told:
            continue
        if row is None:
            _open(actor, hint, targets.get(hint.target_key), seen_on)
        elif not _append(actor, row, hint, seen_on):
            continue
        written += 1
    return written


@transaction.atomic(durable=True)
def answer_hint(
    *,
    actor: Actor,
    hint_id: UUID,
    answer: HintState,
    reason: str,
    until: dt.date | None = None,
) -> CostHint:
    """Accept a hint as something to be done, put it off until a day, or close it; with a reason.

    Accepting changes nothing but the hint. Raises ``Conflict`` for one that is closed.
    """
    row: CostHint = CostHint.objects.locked(hint_id)
    permissions.require(actor, Permission.COST_ANSWER, row, view=Permission.COST_VIEW)
    row.snoozed_until = rules.check_answer(row.state, answer, until, timezone.localdate())
    row.answer = words("reason", reason, "Say why.")
    row.state, row.answered_by_id = answer, actor.id
    row.save(update_fields=["state", "answer", "answered_by", "snoozed_until"])
    told: dict[str, Json] = {
        "kind": str(row.kind),
        "subject": row.subject,
        "answer": str(answer),
        "until": until.isoformat() if row.snoozed_until and until else None,
        "reason_digest": digest(row.answer),
    }
    _record(actor, Kind.HINT_ANSWERED, row, told)
    return row


def _open(actor: Actor, hint: Hint, target: Target | None, seen_on: dt.date) -> None:
    currency, money = hint.most
    evidence = _evidence(hint, seen_on)
    row = CostHint.objects.create(
        kind=hint.kind,
        subject=hint.subject,
        title=hint.title,
        target=target,
        currency=currency,
        money=money,
        severity=hint.severity,
        evidence=[evidence],
    )
    _tell(actor, row, evidence, again=False)


def _append(actor: Actor, row: CostHint, hint: Hint, seen_on: dt.date) -> bool:
    """Add what was seen, unless it was lately; a hint that was put off until now wakes."""
    last = [dt.date.fromisoformat(one["on"]) for one in row.evidence[-1:]]
    woken = row.snoozed_until is not None and seen_on >= row.snoozed_until
    lately = bool(last) and seen_on < last[0] + _REPEATED
    if lately and not woken and row.severity == hint.severity:
        return False
    evidence = _evidence(hint, seen_on)
    row.evidence = [*row.evidence, evidence]
    row.currency, row.money = hint.most
    row.title, row.severity = hint.title, hint.severity
    if woken:
        row.state, row.snoozed_until = HintState.OPEN, None
    row.save()
    _tell(actor, row, evidence, again=True)
    return True


def _evidence(hint: Hint, seen_on: dt.date) -> dict[str, Json]:
    money = {code: to_text(units) for code, units in sorted(hint.money.items())}
    return {"on": seen_on.isoformat(), "signs": list(hint.signs), "money": money}


def _tell(actor: Actor, row: CostHint, evidence: Mapping[str, Json], *, again: bool) -> None:
    told: dict[str, Json] = {
        "kind": str(row.kind),
        "subject": row.subject,
        "severity": row.severity,
        "again": again,
        "evidence": evidence,
    }
    _record(actor, Kind.EXCEPTION_DETECTED, row, told)


def _record(actor: Actor, kind: Kind, row: CostHint, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.hint", row.pk), body=body)
