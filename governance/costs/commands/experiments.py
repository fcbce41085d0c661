"""Experiments: registered before they run, looked at on the record, judged once and then frozen."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import words
from governance.costs.engine import trial
from governance.costs.kinds import Kind
from governance.costs.models import Experiment
from governance.costs.rules import experiments as rules
from governance.costs.rules.experiments import Design, Observed
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number
from inventory.catalog.models import ModelVersion, RegisteredModel

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ExperimentFields:
    name: str
    hypothesis: str
    started_on: dt.date
    design: Design
    version_id: UUID | None = None


@transaction.atomic(durable=True)
def register_experiment(*, actor: Actor, model_id: UUID, fields: ExperimentFields) -> Experiment:
    """Write down arms, measure and size before the first unit is assigned.

    Raises ``RuleBroken`` for a start in the past or a design that is none.
    """
    model = RegisteredModel.objects.get_visible(actor, model_id)
    permissions.require(actor, Permission.BENEFIT_CLAIM, model)
    rules.check_start(fields.started_on, timezone.localdate())
    rules.check_design(fields.design)
    row = Experiment.objects.create(
        number=next_number("experiment"),
        model=model,
        version=_version(model, fields.version_id),
        name=words("name", fields.name, "Give the experiment a name.", _LONGEST_NAME),
        hypothesis=words("hypothesis", fields.hypothesis, "Say what is expected."),
        design=_design(fields.design),
        started_on=fields.started_on,
        created_by_id=actor.id,
    )
    told: dict[str, Json] = {
        "public_id": row.public_id,
        "model": str(model.pk),
        "version": str(row.version_id) if row.version_id else None,
        "started_on": row.started_on.isoformat(),
        "design_digest": digest(row.design),
        "hypothesis_digest": digest(row.hypothesis),
    }
    _record(actor, Kind.EXPERIMENT_REGISTERED, row, told)
    return row


@transaction.atomic(durable=True)
def record_look(*, actor: Actor, experiment_id: UUID, note: str) -> Experiment:
    """Record that somebody read interim results; the p-value is corrected for each such look."""
    row = _running(actor, experiment_id)
    note = words("note", note, "Say what was looked at, and why.")
    look = {"at": timezone.now().isoformat(), "by": str(actor.id), "note": note}
    row.observed = {**row.observed, "looks": [*row.observed.get("looks", []), look]}
    row.looks += 1
    _save(row, "observed", "looks")
    told: dict[str, Json] = {"looks": row.looks, "note_digest": digest(note)}
    _record(actor, Kind.EXPERIMENT_LOOKED_AT, row, told)
    return row


@transaction.atomic(durable=True)
def observe_experiment(*, actor: Actor, experiment_id: UUID, observed: Observed) -> Experiment:
    """Take down what the arms have given so far. Numbers that replace others were looked at."""
    row = _running(actor, experiment_id)
    kept = rules.check_observed(rules.design_of(row.design), observed)
    former = row.observed.get("arms")
    if kept == former:
        return row
    row.looks += 1 if former else 0
    row.observed = {**row.observed, "arms": kept}
    _save(row, "observed", "looks")
    told: dict[str, Json] = {"observed_digest": digest(kept), "looks": row.looks}
    _record(actor, Kind.EXPERIMENT_OBSERVED, row, told)
    return row


@transaction.atomic(durable=True)
def conclude_experiment(*, actor: Actor, experiment_id: UUID, ended_on: dt.date) -> Experiment:
    """Judge what was observed, once. The result is frozen with the looks that led to it.

    Raises ``Conflict`` when it is concluded already, ``RuleBroken`` without observations.
    """
    row = _running(actor, experiment_id)
    rules.check_end(row.started_on, ended_on, timezone.localdate())
    if "arms" not in row.observed:
        raise RuleBroken("nothing-observed", "Take down what the arms gave first.")
    row.result = trial.judge(rules.design_of(row.design), row.observed["arms"], row.looks + 1)
    row.ended_on, row.concluded_at = ended_on, timezone.now()
    _save(row, "result", "ended_on", "concluded_at")
    told: dict[str, Json] = {
        "ended_on": ended_on.isoformat(),
        "observed_digest": digest(row.observed["arms"]),
        "result": row.result,
    }
    _record(actor, Kind.EXPERIMENT_CONCLUDED, row, told)
    return row


def _running(actor: Actor, experiment_id: UUID) -> Experiment:
    row: Experiment = Experiment.objects.locked(experiment_id)
    permissions.require(actor, Permission.BENEFIT_CLAIM, row, view=Permission.COST_VIEW)
    if row.concluded_at is not None:
        raise Conflict("concluded-already", "This experiment is concluded; its result stands.")
    if row.started_on > timezone.localdate():
        raise Conflict("not-started", f"This experiment starts on {row.started_on}.")
    return row


def _design(design: Design) -> dict[str, Json]:
    return {**design.to_json(), "detectable": trial.detectable(design)}


def _version(model: RegisteredModel, version_id: UUID | None) -> ModelVersion | None:
    if version_id is None:
        return None
    found = ModelVersion.objects.filter(pk=version_id, model=model).first()
    if found is None:
        message = "This is no version of the model."
        raise RuleBroken("bad-version", message, errors={"version": [message]})
    return found


def _save(row: Experiment, *names: str) -> None:
    row.revision += 1
    row.save(update_fields=[*names, "revision"])


def _record(actor: Actor, kind: Kind, row: Experiment, body: Mapping[str, Json]) -> None:
    ledger.append(actor=actor, kind=kind, subject=Subject("costs.experiment", row.pk), body=body)
