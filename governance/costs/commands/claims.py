"""Benefit: claimed by those who see it, attested by finance, outside every total until then."""

import dataclasses
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.proofs import Reauthentication, check_proof
from governance.costs.commands.checks import Work, named, require_signed_in, words
from governance.costs.kinds import ClaimState, Kind
from governance.costs.models import BenefitClaim, Experiment
from governance.costs.querysets.value import builders_of
from governance.costs.rules import claims as rules
from governance.costs.rules.claims import ClaimFields, Part
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import RuleBroken
from governance.kernel.money import to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject as Told
from governance.ledger.numbers import next_number
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase

_TEXTS = ("benefit", "method", "evidence")


@transaction.atomic(durable=True)
def make_claim(*, actor: Actor, subject: Subject, fields: ClaimFields) -> BenefitClaim:
    """Claim a benefit for a period; it counts nowhere until finance attests it.

    Raises ``RuleBroken`` for anything but one subject, for a grade without its evidence, and for
    shares above the whole.
    """
    rules.check_subject(subject)
    work = _work(actor, subject)
    permissions.require(actor, Permission.BENEFIT_CLAIM, work)
    fields = dataclasses.replace(fields, **{n: getattr(fields, n).strip() for n in _TEXTS})
    rules.check_fields(fields)
    experiment = _experiment(subject, fields.experiment_id)
    rules.check_grade(fields, experiment.result if experiment else None)
    number = next_number("claim")  # one at a time, so that shares are summed one at a time
    rules.check_shares(fields, _others(actor, fields))
    row = BenefitClaim(number=number, created_by_id=actor.id, **dataclasses.asdict(fields))
    _bind(row, work)
    row.save(force_insert=True)
    _record(actor, Kind.CLAIM_MADE, row, {"public_id": row.public_id, **_facts(row)})
    return row


@transaction.atomic(durable=True)
def attest_claim(
    *, actor: Actor, claim_id: UUID, answer: str, proof: Reauthentication | None
) -> BenefitClaim:
    """Let a claim count: signed by a finance attester with no part in it or what it is about.

    Raises ``NotPermitted`` for anybody else, ``Conflict`` when it is decided already.
    """
    row = _undecided(actor, claim_id)
    strength = check_proof(proof, actor.id, timezone.now())
    _decide(actor, row, ClaimState.ATTESTED, words("answer", answer, "Say what you checked."))
    told: dict[str, Json] = {"strength": strength.value, **_facts(row)}
    _record(actor, Kind.CLAIM_ATTESTED, row, told | {"answer_digest": digest(row.answer)})
    return row


@transaction.atomic(durable=True)
def reject_claim(*, actor: Actor, claim_id: UUID, answer: str) -> BenefitClaim:
    """Turn a claim down with a reason; the same people may as may attest it."""
    row = _undecided(actor, claim_id)
    _decide(actor, row, ClaimState.REJECTED, words("answer", answer, "Say why it does not hold."))
    _record(actor, Kind.CLAIM_REJECTED, row, {"answer_digest": digest(row.answer)})
    return row


@transaction.atomic(durable=True)
def withdraw_claim(*, actor: Actor, claim_id: UUID, reason: str) -> BenefitClaim:
    """Take a claim back, attested or not; from then on it counts nowhere."""
    row: BenefitClaim = BenefitClaim.objects.locked(claim_id)
    permissions.require(actor, Permission.BENEFIT_CLAIM, row, view=Permission.COST_VIEW)
    rules.require_state(row.state, ClaimState.UNATTESTED, ClaimState.ATTESTED)
    former = row.state
    _decide(actor, row, ClaimState.WITHDRAWN, words("reason", reason, "Say why it is taken back."))
    told: dict[str, Json] = {"was": former, "reason_digest": digest(row.answer)}
    _record(actor, Kind.CLAIM_WITHDRAWN, row, told)
    return row


def _undecided(actor: Actor, claim_id: UUID) -> BenefitClaim:
    row: BenefitClaim = BenefitClaim.objects.locked(claim_id)
    permissions.require(actor, Permission.BENEFIT_ATTEST, row, view=Permission.COST_VIEW)
    require_signed_in(actor)
    rules.check_attester(actor.id, row.created_by_id, builders_of(row))
    rules.require_state(row.state, ClaimState.UNATTESTED)
    return row


def _decide(actor: Actor, row: BenefitClaim, state: ClaimState, answer: str) -> None:
    row.state, row.answer = state, answer
    row.decided_by_id, row.decided_at = actor.id, timezone.now()
    row.revision += 1
    row.save(update_fields=["state", "answer", "decided_by", "decided_at", "revision"])


def _work(actor: Actor, subject: Subject) -> Work:
    if subject.version_id is not None:
        versions = ModelVersion.objects.select_related("model")
        return versions.get_visible(actor, subject.version_id)
    if subject.model_id is not None:
        return RegisteredModel.objects.get_visible(actor, subject.model_id)
    return UseCase.objects.get_visible(actor, subject.use_case_id)


def _bind(row: BenefitClaim, work: Work) -> None:
    if isinstance(work, UseCase):
        row.use_case, row.team_id = work, work.team_id
        return
    row.version = work if isinstance(work, ModelVersion) else None
    model: RegisteredModel = work.model if isinstance(work, ModelVersion) else work
    row.model, row.team_id = model, model.team_id


def _experiment(subject: Subject, experiment_id: UUID | None) -> Experiment | None:
    if experiment_id is None:
        return None
    found = Experiment.objects.bearing_on(subject).filter(pk=experiment_id).first()
    if found is None:
        message = "This experiment was about something else than the claim is."
        raise RuleBroken("bad-claim", message, errors={"experiment": [message]})
    return found


def _others(actor: Actor, fields: ClaimFields) -> list[Part]:
    """Return what overlapping claims take of the same benefit, whatever they are about."""
    rows = BenefitClaim.objects.counted(fields.start, fields.end)
    name = fields.benefit.casefold()
    found = rows.only("benefit", "start", "end", "share")
    same = [row for row in found if row.benefit.casefold() == name]
    seen = set(rows.visible_to(actor).values_list("pk", flat=True)) if same else set()
    return [Part(row.start, row.end, row.share, row.pk in seen) for row in same]


def _facts(row: BenefitClaim) -> dict[str, Json]:
    return {
        **named(row),
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "currency": row.currency,
        "low": to_text(row.low),
        "point": to_text(row.point),
        "high": to_text(row.high),
        "share": f"{row.share.normalize():f}",
        "grade": str(row.grade),
        "experiment": str(row.experiment_id) if row.experiment_id else None,
        "benefit_digest": digest(row.benefit),
        "method_digest": digest(row.method),
    }


def _record(actor: Actor, kind: Kind, row: BenefitClaim, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Told("costs.claim", row.pk), body=body)
