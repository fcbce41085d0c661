"""Asking for a report: about a decided case, or about a month's money."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.models import Team
from governance.approvals.kinds import APPROVED_STATES, CaseState
from governance.approvals.models import ApprovalCase
from governance.costs.models import AllocationRun
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Missing, RuleBroken
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.numbers import next_number
from reports.documents import rules
from reports.documents.commands.making import subject_of
from reports.documents.kinds import PRODUCE, QUEUE, Kind, ReportKind, ReportState
from reports.documents.models import Report


@transaction.atomic(durable=True)
def request_report(*, actor: Actor, case_id: UUID) -> Report:
    """Ask for the validation report of a decided case; asking again returns the one there is."""
    case = ApprovalCase.objects.select_related("version__model").filter(pk=case_id).first()
    if case is None:
        raise Missing("not-found", "There is nothing here that you may see.")
    permissions.require(actor, Permission.REPORT_REQUEST, case, view=Permission.CASE_VIEW)
    ended = case.state in {*APPROVED_STATES, CaseState.REJECTED}
    rules.check_reportable(case_ended=ended, has_run=case.run_id is not None)
    asked = Report(
        kind=ReportKind.VALIDATION,
        about=f"case/{case.pk}",
        case=case,
        team_id=case.version.model.team_id,
        title=f"Validation report: {case.version}",
    )
    return _last_of(asked) or _ask(actor, asked, {"case": str(case.pk)})


@transaction.atomic(durable=True)
def request_cost_report(
    *, actor: Actor, month: dt.date, currency: str, team_id: UUID | None = None
) -> Report:
    """Ask for the report on a month's money (``month``: its first day), of a team or of all.

    The same figures again return the report there is; a later publication makes another, which
    supersedes it. Raises ``RuleBroken`` while nothing is published for the month.
    """
    team = _reach(actor, team_id)
    run = AllocationRun.objects.published().filter(month=month).first()
    if run is None or not run.days.filter(currency=currency).exists():
        message = f"No cost in {currency} is published for {month:%B %Y}; allocate the month first."
        raise RuleBroken("nothing-published", message)
    whose = team.name if team else "the whole organisation"
    asked = Report(
        kind=ReportKind.COST,
        about=f"costs/{month:%Y-%m}/{currency}/{team.slug if team else '*'}",
        cost_run=run,
        currency=currency,
        team=team,
        title=f"Cost report: {month:%B %Y}, {whose}",
    )
    known = _last_of(asked)
    if known is not None and known.cost_run_id == run.pk:
        return known
    return _ask(actor, asked, {"run": str(run.pk), "about": asked.about})


def _reach(actor: Actor, team_id: UUID | None) -> Team | None:
    if team_id is None:
        permissions.require_everywhere(actor, Permission.COST_REPORT_REQUEST)
        return None
    permissions.require_in_team(actor, Permission.COST_REPORT_REQUEST, team_id)
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise Missing("not-found", "There is no such team.")
    return team


def _ask(actor: Actor, report: Report, about: dict[str, Json]) -> Report:
    report.number, report.requested_by_id = next_number("report"), actor.id
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        return Report.objects.get(about=report.about, state__in=rules.CURRENT)
    body: dict[str, Json] = {**about, "report": report.public_id}
    ledger.append(actor=actor, kind=Kind.REPORT_REQUESTED, subject=subject_of(report), body=body)
    enqueue(PRODUCE, str(report.pk), queue=QUEUE)
    return report


def _last_of(asked: Report) -> Report | None:
    """Return the last report on this unless it failed or was recalled: why one asks anew."""
    kept = [*rules.CURRENT, ReportState.SUPERSEDED]
    return Report.objects.filter(about=asked.about, state__in=kept).order_by("number").last()
