"""Making a report, step by step: claimed, frozen, issued; or failed, with the reason.

Drawing and sealing lie in ``production``, outside every transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.proofs import Position
from inventory.catalog.models import ModelVersion
from reports.documents import rules
from reports.documents.kinds import MAX_ATTEMPTS, Kind, ReportState
from reports.documents.models import Report

LEASE = timedelta(minutes=10)


class LostReport(Conflict):
    """The worker was thought dead and comes back late; it writes nothing."""


def claim_report(report_id: UUID) -> Report | None:
    """Take a report for producing, or None when another worker has it or it is done.

    After the last attempt the report fails with the reason, which ``sweep`` sees to.
    """
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = Report.objects.filter(
        free,
        pk=report_id,
        state__in=[ReportState.REQUESTED, ReportState.FROZEN],
        attempt__lt=MAX_ATTEMPTS,
    ).update(lease_until=now + LEASE, attempt=F("attempt") + 1)
    return Report.objects.select_related("case", "cost_run").get(pk=report_id) if taken else None


@transaction.atomic(durable=True)
def freeze_report(  # noqa: PLR0913 - what is frozen, named one by one
    *,
    actor: Actor,
    report_id: UUID,
    content: Json,
    content_digest: str,
    short_code: str,
    proof: Json,
    position: Position,
    as_of: datetime,
    attempt: int | None = None,
) -> Report:
    """Keep the content for good; from here on the report says this and nothing else."""
    report = _held(report_id, attempt)
    report.state = rules.after(report.state, "freeze")
    report.content, report.content_digest = content, content_digest
    report.short_code, report.proof = short_code, proof
    report.as_of, report.ledger_size, report.ledger_root = as_of, position.size, position.root
    report.progress = "Content frozen; drawing the pages"
    report.save()
    body: dict[str, Json] = {"content_digest": content_digest, "ledger_size": position.size}
    ledger.append(actor=actor, kind=Kind.REPORT_FROZEN, subject=subject_of(report), body=body)
    return report


@transaction.atomic(durable=True)
def issue_report(
    *,
    actor: Actor,
    report_id: UUID,
    digest: str,
    size: int,
    pages: int,
    attempt: int | None = None,
) -> Report:
    """Record the sealed file's digest: from here on the file verifies as ours and current.

    In the same step the reports of earlier decisions about the same version are superseded.
    ``attempt`` fences off a worker that was thought dead: raises ``LostReport``.
    """
    _hold_version(report_id)
    report = _held(report_id, attempt)
    report.state = rules.after(report.state, "issue")
    report.digest, report.size, report.pages = digest, size, pages
    report.signed_at, report.lease_until, report.progress = timezone.now(), None, ""
    body: dict[str, Json] = {
        "digest": digest,
        "content_digest": report.content_digest,
        "report": report.public_id,
    }
    others = _others_issued(report)
    entry = ledger.append(
        actor=actor, kind=Kind.REPORT_ISSUED, subject=subject_of(report), body=body
    )
    report.issued_seq = entry.seq
    report.save()
    _settle_order(actor, report, others)
    return report


@transaction.atomic(durable=True)
def fail_report(
    *, actor: Actor, report_id: UUID, reason: str, attempt: int | None = None
) -> Report:
    """Give up on a report and say why."""
    report = _held(report_id, attempt)
    report.state = rules.after(report.state, "fail")
    report.failure, report.lease_until = reason, None
    report.save()
    body: dict[str, Json] = {"reason": reason}
    ledger.append(actor=actor, kind=Kind.REPORT_FAILED, subject=subject_of(report), body=body)
    return report


def release_report(report: Report, reason: str) -> None:
    """Give a claimed report back after a failure, so that the sweep tries it again.

    Does nothing when another worker holds it by now, or it is over.
    """
    mine = Report.objects.under_way().filter(pk=report.pk, attempt=report.attempt)
    mine.update(
        lease_until=timezone.now() + timedelta(seconds=10), progress=f"Trying again: {reason}"[:200]
    )


def _held(report_id: UUID, attempt: int | None) -> Report:
    report: Report = Report.objects.locked(report_id)
    if attempt is not None and report.attempt != attempt:
        raise LostReport("report-lost", "Another worker has taken this report over.")
    return report


def _hold_version(report_id: UUID) -> None:
    """Let the reports of one version be issued one after another, so that each sees the last.

    The version's row is locked before the report's, and both before the ledger's head. Of a
    month's money only one report is under way at a time.
    """
    rows = Report.objects.filter(pk=report_id, case__isnull=False)
    version_id = rows.values_list("case__version_id", flat=True).first()
    if version_id is not None:
        ModelVersion.objects.locked(version_id)


def _others_issued(report: Report) -> Sequence[Report]:
    """Lock the reports in force about the same thing.

    Before the ledger's head is locked, as recalling does: two orders would wait for each other.
    """
    rows = Report.objects.select_for_update(of=("self",)).filter(
        kind=report.kind, state=ReportState.SIGNED
    )
    if report.case is None:
        same = rows.filter(about=report.about)
    else:
        same = rows.filter(case__version_id=report.case.version_id, case__action=report.case.action)
    return list(same.exclude(pk=report.pk).select_related("case", "cost_run").order_by("number"))


def _settle_order(actor: Actor, report: Report, others: Sequence[Report]) -> None:
    """The latest word speaks: earlier ones' reports are superseded, also one made belatedly."""
    for other in others:
        if other.speaks_of > report.speaks_of:
            _supersede(actor, report, other)
        else:
            _supersede(actor, other, report)


def _supersede(actor: Actor, old: Report, by: Report) -> None:
    old.state = rules.after(old.state, "supersede")
    old.superseded_by = by
    old.save()
    body: dict[str, Json] = {"by": str(by.pk), "report": by.public_id}
    ledger.append(actor=actor, kind=Kind.REPORT_SUPERSEDED, subject=subject_of(old), body=body)


def subject_of(report: Report) -> Subject:
    return Subject("documents.report", report.pk)
