"""Everything a validation report rests on, read once and in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audits.engine.outcome import Outcome, outcome_from_json
from audits.runs.models import AuditRun, CheckRun
from governance.access.querysets import names_of
from governance.approvals.models import ApprovalCase, Condition, Decision
from governance.ledger import reading as ledger
from governance.ledger.proofs import Position
from governance.ledger.reading import Event
from reports.documents.models import Report


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One check of the run behind the case."""

    evidence: str
    title: str
    outcome: Outcome
    digest: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """``entries``: the ledger's, about the case and all that it rests on, oldest first."""

    case: ApprovalCase
    run: AuditRun
    checks: Sequence[CheckFacts]
    decisions: Sequence[Decision]
    conditions: Sequence[Condition]
    entries: Sequence[Event]
    names: dict[UUID, str]
    position: Position
    as_of: datetime

    def name(self, person_id: UUID | None) -> str:
        return self.names.get(person_id, "the service") if person_id else ""

    def entry_of(self, kind: str, subject_id: UUID | None = None) -> Event | None:
        """Return the first entry of ``kind`` (about ``subject_id``)."""
        for entry in self.entries:
            if entry.kind == kind and subject_id in {None, entry.subject_id}:
                return entry
        return None


def case_behind(report: Report) -> ApprovalCase:
    """Return the case that a validation report is about, with what its content reads."""
    rows = ApprovalCase.objects.select_related(
        "version__model__use_case",
        "version__artifact",
        "version__environment",
        "version__training_data__dataset",
        "policy",
    )
    case: ApprovalCase = rows.get(reports=report)
    return case


def gather(case: ApprovalCase, position: Position, as_of: datetime) -> CaseFacts:
    """Read what a report on ``case`` says; the case must have a completed run."""
    run: AuditRun = AuditRun.objects.select_related(
        "reference__dataset", "current__dataset", "policy"
    ).get(cases=case)
    checks = list(CheckRun.objects.filter(run=run).order_by("position"))
    decisions = list(Decision.objects.filter(case=case).select_related("step"))
    entries = ledger.events_about(_subjects(case, run, decisions))
    people = {entry.actor_id for entry in entries} | {d.person_id for d in decisions}
    conditions = list(Condition.objects.filter(case=case).order_by("due_on"))
    people |= {condition.owner_id for condition in conditions}
    people |= {case.version.model.owner_id, case.opened_by_id}
    return CaseFacts(
        case=case,
        run=run,
        checks=[_check(check) for check in checks if check.outcome],
        decisions=decisions,
        conditions=conditions,
        entries=[entry for entry in entries if entry.seq <= position.size],
        names=names_of(people),
        position=position,
        as_of=as_of,
    )


def _check(row: Any) -> CheckFacts:
    outcome = outcome_from_json(row.outcome, row.seconds or 0.0)
    return CheckFacts(row.public_id, row.title, outcome, row.outcome_digest, row.finished_at)


def _subjects(case: ApprovalCase, run: AuditRun, decisions: Sequence[Decision]) -> list[UUID]:
    version = case.version
    steps = [decision.step_id for decision in decisions]
    data = [run.reference_id, run.current_id, version.training_data_id]
    things = [case.pk, run.pk, version.pk, version.model_id, version.artifact_id, case.policy_id]
    return [key for key in (*things, *data, *steps) if key is not None]
