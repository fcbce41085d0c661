"""Cases, carried to each state by the people whose part it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone

from audits.engine.outcome import Verdict
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.approvals import commands as approvals
from governance.approvals.kinds import Choice, StepState
from governance.approvals.models import ApprovalCase, Decision
from governance.approvals.querysets import statements
from governance.approvals.rules.words import NewCondition, Words
from governance.kernel.actor import Strength
from governance.kernel.canonical import Json
from tests.factories import access, runs

REASON = "The evidence is complete and its limits are understood."


@dataclass(frozen=True)
class Bench:
    """A version with a completed run, and the two independent people who judge it."""

    subject: runs.Subject
    run: AuditRun | None
    validator: User
    officer: User

    @property
    def version(self):
        return self.subject.version

    @property
    def builder(self):
        return self.subject.actor


def bench(verdicts: Mapping[str, Verdict] | None = None, *, checked: bool = True) -> Bench:
    """``verdicts`` by check id; every other check passes. ``checked`` False: no run at all."""
    subject = runs.subject()
    return Bench(
        subject=subject,
        run=runs.completed(subject, verdicts) if checked else None,
        validator=access.person(Role.VALIDATOR, team=subject.team),
        officer=access.person(Role.RISK_OFFICER, team=subject.team),
    )


def failing(*checks: str) -> dict[str, Verdict]:
    return dict.fromkeys(checks, Verdict.FAIL)


def opened(at: Bench | None = None) -> ApprovalCase:
    at = at or bench()
    return approvals.open_case(
        actor=at.builder, version_id=at.version.pk, request="For scoring new applications."
    )


def submitted(at: Bench | None = None) -> ApprovalCase:
    at = at or bench()
    return approvals.submit_case(actor=at.builder, case_id=opened(at).pk)


def proof(user: User) -> Reauthentication:
    return Reauthentication(user.pk, timezone.now(), Strength.PASSWORD)


def seen(case: ApprovalCase, user: User) -> dict[str, Json]:
    """The statement that ``user`` reads at the case's open step."""
    presented = statements.present(ApprovalCase.objects.whole().get(pk=case.pk), user.pk)
    assert presented is not None
    return presented.statement


def condition(owner: User, days: int = 30, text: str = "Watch the drift.") -> NewCondition:
    return NewCondition(text, owner.pk, timezone.localdate() + timedelta(days=days))


def words(choice: str = Choice.FAVOUR, **changes: object) -> Words:
    return replace(Words(Choice(choice), REASON), **changes)


def say(case: ApprovalCase, user: User, choice: str = Choice.FAVOUR, **changes: object) -> Decision:
    """Let ``user`` speak at the open step on the statement of this moment."""
    step = case.steps.get(state=StepState.OPEN)
    return approvals.decide_step(
        actor=access.actor(user),
        step_id=step.pk,
        words=words(choice, **changes),
        seen=seen(case, user),
        proof=proof(user),
    )


def decided(
    at: Bench | None = None,
    decision: str = Choice.FAVOUR,
    opinion: str = Choice.FAVOUR,
    **changes: object,
) -> ApprovalCase:
    """A case with both voices in; ``changes`` belong to the decision."""
    at = at or bench()
    case = submitted(at)
    say(case, at.validator, opinion)
    say(case, at.officer, decision, **changes)
    case.refresh_from_db()
    return case
