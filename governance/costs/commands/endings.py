"""Work that ends, goes on after all, and what was learnt from it."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import Work, named, words
from governance.costs.kinds import Ending, Kind
from governance.costs.models import WorkEnding
from governance.costs.querysets.endings import WorkEndingQuerySet
from governance.costs.rules import endings as rules
from governance.costs.rules.endings import Ended
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, Missing
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject as Told
from governance.ledger.numbers import next_number
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase


@transaction.atomic(durable=True)
def record_ending(*, actor: Actor, ended: Ended) -> WorkEnding | None:
    """Write down that work ended by a decision taken elsewhere; the same again changes nothing.

    Done by the service. It takes the place of what stood about the same work before. None when
    what ended is unknown.
    """
    permissions.require_service(actor)
    work = _work(ended.subject)
    known = WorkEnding.objects.filter(decision=ended.decision).first()
    if known is not None or work is None:
        return known
    _standing(ended.subject).update(stood_until=ended.ended_at)
    row = _row(work, ended.ending, ended.reason)
    row.decision, row.decision_key = ended.decision, ended.decision_key
    row.deciders, row.ended_at = [str(key) for key in ended.deciders], ended.ended_at
    row.save(force_insert=True)
    _record(actor, Kind.WORK_ENDED, row, _facts(row))
    return row


@transaction.atomic(durable=True)
def record_resumption(*, actor: Actor, version_id: UUID) -> WorkEnding | None:
    """Write down that a version is asked about anew, so that its end stands no more.

    Done by the service. None when none stood.
    """
    permissions.require_service(actor)
    row = _standing(Subject(version_id=version_id)).locking().first()
    if row is not None:
        _resume(actor, row, "")
    return row


@transaction.atomic(durable=True)
def stop_work(*, actor: Actor, subject: Subject, reason: str, learnt: str = "") -> WorkEnding:
    """Stop a use case or a version that nobody rejected, and say why.

    Raises ``Conflict`` when its end is on record already.
    """
    rules.check_subject(subject)
    work = _work(subject)
    if work is None:
        raise Missing("not-found", "There is nothing here that you may see.")
    permissions.require(actor, Permission.WORK_STOP, work, view=Permission.COST_VIEW)
    if known := _standing(subject).first():
        raise Conflict("ended-already", f"Its end is on record already: {known.public_id}.")
    row = _row(work, Ending.STOPPED, words("reason", reason, "Say why it is stopped."))
    row.deciders, row.ended_at = [str(actor.id)], timezone.now()
    if learnt.strip():
        _learn(actor, row, learnt)
    row.save(force_insert=True)
    _record(actor, Kind.WORK_ENDED, row, _facts(row))
    return row


@transaction.atomic(durable=True)
def resume_work(*, actor: Actor, ending_id: UUID, reason: str) -> WorkEnding:
    """Take up again what people stopped. Raises ``Conflict`` for anything else that ended."""
    row: WorkEnding = WorkEnding.objects.locked(ending_id)
    permissions.require(actor, Permission.WORK_STOP, row, view=Permission.COST_VIEW)
    rules.check_resumable(row.ending, row.stood_until)
    _resume(actor, row, words("reason", reason, "Say why it goes on."))
    return row


@transaction.atomic(durable=True)
def record_lesson(*, actor: Actor, ending_id: UUID, learnt: str) -> WorkEnding:
    """Write down what was learnt; what was written before is replaced, and was told then.

    The same words again change nothing.
    """
    row: WorkEnding = WorkEnding.objects.locked(ending_id)
    permissions.require(actor, Permission.LESSON_RECORD, row, view=Permission.COST_VIEW)
    former = row.learnt
    _learn(actor, row, learnt)
    if row.learnt == former:
        return WorkEnding.objects.get(pk=row.pk)
    row.save(update_fields=["learnt", "learnt_by", "learnt_at"])
    body: dict[str, Json] = {
        "public_id": row.public_id,
        "was_digest": digest(former) if former else None,
        "learnt_digest": digest(row.learnt),
    }
    _record(actor, Kind.LESSON_RECORDED, row, body)
    return row


def _work(subject: Subject) -> Work | None:
    """Return what the subject names, locked: its end is written down by one at a time."""
    if subject.version_id is not None:
        versions = ModelVersion.objects.locking().select_related("model__use_case")
        return versions.filter(pk=subject.version_id).first()
    if subject.model_id is not None:
        models = RegisteredModel.objects.locking().select_related("use_case")
        return models.filter(pk=subject.model_id).first()
    if subject.use_case_id is not None:
        return UseCase.objects.locking().filter(pk=subject.use_case_id).first()
    return None


def _row(work: Work, ending: Ending, reason: str) -> WorkEnding:
    row = WorkEnding(number=next_number("ending"), ending=ending, reason=reason)
    if isinstance(work, UseCase):
        row.use_case, row.team_id = work, work.team_id
        return row
    row.version = work if isinstance(work, ModelVersion) else None
    model: RegisteredModel = work.model if isinstance(work, ModelVersion) else work
    row.model, row.use_case, row.team_id = model, model.use_case, model.team_id
    return row


def _standing(subject: Subject) -> WorkEndingQuerySet:
    """Return what stands about exactly this work."""
    rows = WorkEnding.objects.standing()
    if subject.version_id is not None:
        return rows.filter(version_id=subject.version_id)
    if subject.model_id is not None:
        return rows.filter(model_id=subject.model_id, version=None)
    return rows.filter(use_case_id=subject.use_case_id, model=None)


def _resume(actor: Actor, row: WorkEnding, reason: str) -> None:
    row.stood_until = timezone.now()
    row.save(update_fields=["stood_until"])
    why: dict[str, Json] = {"reason_digest": digest(reason)} if reason else {}
    _record(actor, Kind.WORK_RESUMED, row, {"public_id": row.public_id, **why})


def _learn(actor: Actor, row: WorkEnding, learnt: str) -> None:
    row.learnt = words("learnt", learnt, "Say what was learnt.")
    row.learnt_by_id, row.learnt_at = actor.id, timezone.now()


def _facts(row: WorkEnding) -> dict[str, Json]:
    return {
        "public_id": row.public_id,
        "ending": str(row.ending),
        "decision": row.decision,
        "deciders": list(row.deciders),
        "ended_at": row.ended_at.isoformat(),
        "reason_digest": digest(row.reason),
        "learnt_digest": digest(row.learnt) if row.learnt else None,
        **named(row),
    }


def _record(actor: Actor, kind: Kind, row: WorkEnding, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Told("costs.ending", row.pk), body=body)
