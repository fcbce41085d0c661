"""What becomes of an issued report: taken away by a reader, or recalled."""

from uuid import UUID

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Invalid, Missing
from governance.ledger import commands as ledger
from reports.documents import rules
from reports.documents.commands.making import subject_of
from reports.documents.kinds import Kind
from reports.documents.models import Report


@transaction.atomic(durable=True)
def recall_report(*, actor: Actor, report_id: UUID, reason: str) -> Report:
    """Take back an issued report: every later verification says so, and why."""
    report = Report.objects.locked(report_id)
    permissions.require(actor, Permission.REPORT_RECALL, report, view=Permission.REPORT_VIEW)
    if not reason.strip():
        raise Invalid("reason-needed", "Say why, so that those who hold the report understand.")
    report.state = rules.after(report.state, "recall")
    report.recalled_reason = reason.strip()
    report.save()
    body: dict[str, Json] = {"reason": report.recalled_reason}
    ledger.append(actor=actor, kind=Kind.REPORT_RECALLED, subject=subject_of(report), body=body)
    return report


@transaction.atomic(durable=True)
def record_download(*, actor: Actor, report_id: UUID) -> Report:
    """Note who took the file away; returns the report, which must be issued."""
    report = Report.objects.get_visible(actor, report_id)
    if not report.digest:
        raise Missing("not-issued", "This report has not been issued yet.")
    ledger.append(actor=actor, kind=Kind.REPORT_DOWNLOADED, subject=subject_of(report), body={})
    return report
