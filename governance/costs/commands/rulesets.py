"""Rule sets: drafted and submitted by one person, approved or returned by another, never changed
after that. Who may approve is compared here with who wrote; no role leaves that out.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.proofs import Reauthentication, check_proof
from governance.costs.commands.checks import require_signed_in, words
from governance.costs.kinds import Kind, RuleSetState
from governance.costs.models import Rule, RuleSet, Target
from governance.costs.rules import rulesets as rules
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Moved, NotPermitted, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number
from inventory.catalog.rules.plain import text_fault

_LONGEST_NOTE = 20_000
Raws = Sequence[Any]


@transaction.atomic(durable=True)
def draft_ruleset(
    *, actor: Actor, effective_from: dt.date, note: str = "", raws: Raws | None = None
) -> RuleSet:
    """Draft a set for the months from ``effective_from`` on, out of ``raws`` (``rules.allocation``)
    or, without them, as a copy of the set in force then. Raises ``RuleBroken`` naming each fault.
    """
    permissions.require_everywhere(actor, Permission.COST_RULE_EDIT)
    _require_month(effective_from)
    plain = _in_force(effective_from) if raws is None else _checked(raws)
    row = RuleSet.objects.create(
        number=next_number("ruleset"),
        note=_note(note),
        effective_from=effective_from,
        digest=rules.rules_digest(plain),
        created_by_id=actor.id,
    )
    _write(row, plain)
    _record(actor, Kind.RULESET_DRAFTED, row, {"rules": len(plain)})
    return row


@transaction.atomic(durable=True)
def edit_ruleset(
    *,
    actor: Actor,
    ruleset_id: UUID,
    raws: Raws,
    note: str | None = None,
    effective_from: dt.date | None = None,
    revision: int | None = None,
) -> RuleSet:
    """Replace the rules of one's own draft; the same again changes nothing.

    Raises ``Moved`` when ``revision`` is no longer the present one, ``Conflict`` for no draft.
    """
    row = _own_draft(actor, ruleset_id)
    if revision is not None and revision != row.revision:
        raise Moved("moved", "The draft was saved elsewhere since you read it; read it again.")
    plain = _checked(raws)
    day = effective_from or row.effective_from
    _require_month(day)
    before = (row.digest, row.note, row.effective_from)
    row.digest, row.effective_from = rules.rules_digest(plain), day
    row.note = row.note if note is None else _note(note)
    if before == (row.digest, row.note, row.effective_from):
        return row
    row.revision += 1
    row.save(update_fields=["digest", "note", "effective_from", "revision"])
    _write(row, plain)
    _record(actor, Kind.RULESET_CHANGED, row, {"rules": len(plain), "before": before[0]})
    return row


@transaction.atomic(durable=True)
def submit_ruleset(*, actor: Actor, ruleset_id: UUID) -> RuleSet:
    """Hand one's draft to whoever approves; checks once more that its targets are still there."""
    row = _own_draft(actor, ruleset_id)
    plain = [rule.plain() for rule in row.rules.all()]
    if not plain:
        raise RuleBroken("no-rules", "There is no rule in this set yet; nothing to approve.")
    _checked(plain)
    row.state, row.submitted_at, row.answer = RuleSetState.SUBMITTED, timezone.now(), ""
    row.revision += 1
    row.save(update_fields=["state", "submitted_at", "answer", "revision"])
    _record(actor, Kind.RULESET_SUBMITTED, row, {"rules": len(plain)})
    return row


@transaction.atomic(durable=True)
def approve_ruleset(
    *, actor: Actor, ruleset_id: UUID, seen: str, proof: Reauthentication | None
) -> RuleSet:
    """Put a submitted set in force; one approved before for the same month is superseded.

    ``seen`` is the digest of the rules as they were read; raises ``Moved`` for another, and
    ``NotPermitted`` for the author, a token or a stale ``proof``.
    """
    row = _submitted(actor, ruleset_id)
    strength = check_proof(proof, actor.id, timezone.now())
    if seen != row.digest:
        raise Moved("moved", "These are no longer the rules that you read; read them again.")
    _checked([rule.plain() for rule in row.rules.all()])
    replaced = _replaced_by(row)
    if replaced is not None:
        replaced.state = RuleSetState.SUPERSEDED
        replaced.save(update_fields=["state"])
    row.state, row.approved_by_id = RuleSetState.APPROVED, actor.id
    row.approved_at, row.revision = timezone.now(), row.revision + 1
    row.save(update_fields=["state", "approved_by", "approved_at", "revision"])
    told = {"supersedes": str(replaced.pk) if replaced else None, "strength": strength.value}
    _record(actor, Kind.RULESET_APPROVED, row, told)
    return row


@transaction.atomic(durable=True)
def return_ruleset(
    *, actor: Actor, ruleset_id: UUID, reason: str, proof: Reauthentication | None
) -> RuleSet:
    """Give a submitted set back to its author as a draft, with the reason."""
    row = _submitted(actor, ruleset_id)
    check_proof(proof, actor.id, timezone.now())
    row.answer = words("reason", reason, "Say what has to be different.")
    row.state, row.submitted_at, row.revision = RuleSetState.DRAFT, None, row.revision + 1
    row.save(update_fields=["state", "submitted_at", "answer", "revision"])
    _record(actor, Kind.RULESET_RETURNED, row, {"reason_digest": digest(row.answer)})
    return row


def _replaced_by(row: RuleSet) -> RuleSet | None:
    """Return, locked, the approved set of the same month.

    Raises ``Conflict`` when another one was approved for it while this one waited for the lock.
    """
    approved = RuleSet.objects.filter(
        state=RuleSetState.APPROVED, effective_from=row.effective_from
    )
    locked = approved.locking().first()
    ledger.hold()
    if (now := approved.first()) != locked:
        told = f"{now.public_id} was approved meanwhile." if now else "Other rules came meanwhile."
        raise Conflict("rules-changed", f"{told} Look again at what yours replaces.")
    return locked


def _own_draft(actor: Actor, ruleset_id: UUID) -> RuleSet:
    row = RuleSet.objects.locked(ruleset_id)
    permissions.require(actor, Permission.COST_RULE_EDIT, row, view=Permission.COST_VIEW)
    if row.created_by_id != actor.id:
        told = (
            "Only its author changes a draft, so that somebody else can approve it; draft a copy."
        )
        raise NotPermitted("not-author", told)
    if row.state != RuleSetState.DRAFT:
        raise Conflict("not-a-draft", f"{row.public_id} is {row.get_state_display().lower()}.")
    return row


def _submitted(actor: Actor, ruleset_id: UUID) -> RuleSet:
    row = RuleSet.objects.locked(ruleset_id)
    permissions.require(actor, Permission.COST_RULE_APPROVE, row, view=Permission.COST_VIEW)
    require_signed_in(actor)
    if row.created_by_id == actor.id:
        raise NotPermitted("own-ruleset", "You wrote these rules; somebody else says yes or no.")
    if row.state != RuleSetState.SUBMITTED:
        raise Conflict("not-submitted", f"{row.public_id} is {row.get_state_display().lower()}.")
    return row


def _checked(raws: Raws) -> list[dict[str, Json]]:
    read = rules.read_rules(raws)
    wanted = rules.targets_of(read)
    known = Target.objects.filter(key__in=wanted).values_list("key", flat=True)
    rules.check_together(read, set(known))
    return [rules.plain(raw) for raw in raws]


def _in_force(day: dt.date) -> list[dict[str, Json]]:
    row = RuleSet.objects.in_force(day)
    return [] if row is None else [rule.plain() for rule in row.rules.all()]


def _write(row: RuleSet, plain: Sequence[Mapping[str, Any]]) -> None:
    """Replace the rules. What dry runs said of the former ones stays in their summaries."""
    former = Rule.objects.filter(ruleset=row)
    former._raw_delete(former.db)  # noqa: SLF001 - past the keys of dry runs, which bind nobody
    Rule.objects.bulk_create(Rule(ruleset=row, **_typed(rule)) for rule in plain)


def _typed(plain: Mapping[str, Any]) -> dict[str, Any]:
    days = {
        name: dt.date.fromisoformat(plain[name]) if plain[name] else None for name in rules.DAYS
    }
    return {**plain, **days}


def _require_month(day: dt.date) -> None:
    if day.day != 1:
        message = "Rules come into force with a month: give its first day."
        raise RuleBroken("not-a-month", message, errors={"effective_from": [message]})


def _note(text: str) -> str:
    if why := text_fault(text, _LONGEST_NOTE):
        raise RuleBroken("bad-note", why, errors={"note": [why]})
    return text.strip()


def _record(actor: Actor, kind: Kind, row: RuleSet, body: Mapping[str, Json]) -> None:
    about: dict[str, Json] = {
        "public_id": row.public_id,
        "digest": row.digest,
        "effective_from": row.effective_from.isoformat(),
    }
    subject = Subject("costs.ruleset", row.pk)
    ledger.append(actor=actor, kind=kind, subject=subject, body={**about, **body})
