"""Runs: asked for by people, carried to each state as workers would carry them.

``completed`` records outcomes that the test chooses, without a sandbox; tests of the engine's own
results carry runs out for real.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from audits.engine.outcome import Measure, Outcome, Verdict
from audits.runs import commands as runs
from audits.runs.models import AuditRun
from governance.access.models import Team
from governance.kernel.actor import Actor, system_actor
from inventory.catalog.models import DatasetVersion, ModelVersion
from tests.factories import access, catalog, policies


@dataclass(frozen=True)
class Subject:
    """A version with two datasets, and someone of its team."""

    team: Team
    actor: Actor
    version: ModelVersion
    reference: DatasetVersion
    current: DatasetVersion


def subject(
    team: Team | None = None,
    *,
    artifact: bytes | None = None,
    reference: bytes | None = None,
    current: bytes | None = None,
    inspected: bool = True,
    signature: dict[str, object] | None = None,
) -> Subject:
    """Everything that a run needs, with the packaged policy in force."""
    policies.default_policy()
    team = team or access.team()
    actor = catalog.builder(team)
    model = catalog.model(team, actor)
    kept = catalog.artifact(team, actor, artifact, inspected=inspected)
    changes = {"signature": signature} if signature else {}
    version = catalog.version(model, actor, artifact_id=kept.pk, **changes)
    reference = catalog.csv_bytes(catalog.frame(7)) if reference is None else reference
    current = catalog.csv_bytes(catalog.frame(8)) if current is None else current
    return Subject(
        team,
        actor,
        version,
        catalog.dataset_version(team, actor, reference, "reference", inspected=inspected),
        catalog.dataset_version(team, actor, current, "current", inspected=inspected),
    )


def requested(of: Subject | None = None, actor: Actor | None = None) -> AuditRun:
    of = of or subject()
    return runs.request_run(
        actor=actor or of.actor,
        version_id=of.version.pk,
        reference_id=of.reference.pk,
        current_id=of.current.pk,
    )


def claimed(run: AuditRun | None = None) -> tuple[AuditRun, uuid.UUID]:
    """A run that a worker holds, and the worker's holder id."""
    run, holder = run or requested(), uuid.uuid4()
    held = runs.claim_run(
        actor=system_actor(), run_id=run.pk, holder=holder, isolation="bubblewrap"
    )
    assert held is not None
    return held, holder


def outcome(check: str, verdict: Verdict = Verdict.PASS) -> Outcome:
    measure = Measure("share", 0.25, "", 400)
    return Outcome(check, 1, verdict, f"{check} says {verdict.value}.", (measure,), seconds=0.5)


def completed(of: Subject | None = None, verdicts: Mapping[str, Verdict] | None = None) -> AuditRun:
    """A completed run; each check passes unless ``verdicts`` says otherwise by its id."""
    run, holder = claimed(requested(of))
    for check in run.checks.all():
        verdict = (verdicts or {}).get(check.check_id, Verdict.PASS)
        runs.record_check(
            actor=system_actor(),
            run_id=run.pk,
            holder=holder,
            position=check.position,
            outcome=outcome(check.check_id, verdict),
        )
    return runs.finish_run(actor=system_actor(), run_id=run.pk, holder=holder, peak_bytes=None)
