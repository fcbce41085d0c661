"""Making a report: freeze, draw, seal, keep, issue. No step runs inside a transaction.

A worker that dies leaves the row with a lease; the next one goes on from the frozen content, so a
report is never frozen twice and never issued twice.
"""

import logging
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pikepdf
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from governance.kernel.actor import system_actor
from governance.kernel.errors import DomainError, RuleBroken
from governance.ledger import proofs
from reports.documents import commands, files, freezing, sealing
from reports.documents.kinds import MAX_ATTEMPTS, ReportState
from reports.documents.models import Report
from reports.render import contentjson
from reports.render.isolated import render_html_isolated, render_pdf_isolated
from reports.render.pdf import RenderError
from reports.render.words import short_code
from reports.signing.keys import KeyFileError
from reports.signing.seal import SealError, seal_pdf

logger = logging.getLogger(__name__)


def produce_report(report_id: UUID) -> Report | None:
    """Carry a report as far as it goes; None when another worker has it or it is done."""
    report = commands.claim_report(report_id)
    if report is None:
        return None
    try:
        if report.state == ReportState.REQUESTED:
            report = _freeze(report)
        return _draw_and_issue(report)
    except commands.LostReport:
        logger.warning("report lost to another worker", extra={"report": report.public_id})
        return None
    except (RenderError, SealError, KeyFileError, DomainError, OSError) as error:
        return _gave_up(report, str(error))
    except Exception as error:
        logger.exception("report broke", extra={"report": report.public_id})
        return _gave_up(report, f"Something broke on our side ({type(error).__name__}).")


def _freeze(report: Report) -> Report:
    as_of = timezone.now().replace(microsecond=0)
    content, seqs, position = freezing.frozen(
        report,
        as_of,
        organisation=settings.ASSAY_ORGANISATION,
        verify_url=settings.ASSAY_BASE_URL + reverse("documents:report-verify"),
    )
    body, digest = contentjson.to_json(content), contentjson.content_digest(content)
    return commands.freeze_report(
        actor=system_actor(),
        report_id=report.pk,
        content=body,
        content_digest=digest,
        short_code=short_code(digest),
        proof=proofs.prove(seqs, position),
        position=position,
        as_of=as_of,
        attempt=report.attempt,
    )


def _draw_and_issue(report: Report) -> Report:
    content = contentjson.from_json(report.content)
    if contentjson.content_digest(content) != report.content_digest:
        raise RuleBroken("content-changed", "The stored content is not what was frozen.")
    files.keep_page(report.content_digest, render_html_isolated(content))
    drawn = render_pdf_isolated(content, ledger_proof=report.proof)
    sealed = seal_pdf(
        drawn,
        sealing.seal_key(),
        reason=f"Issued as {report.public_id}",
        location=settings.ASSAY_ORGANISATION,
        report_id=report.public_id,
        signed_at=_now(),
        tsa_url=settings.ASSAY_TSA_URL,
    )
    digest = files.keep(sealed)
    with pikepdf.open(BytesIO(drawn)) as document:
        pages = len(document.pages)
    return commands.issue_report(
        actor=system_actor(),
        report_id=report.pk,
        digest=digest,
        size=len(sealed),
        pages=pages,
        attempt=report.attempt,
    )


def _now() -> datetime:
    return timezone.now().replace(microsecond=0)


def _gave_up(report: Report, reason: str) -> Report:
    logger.warning("report failed", extra={"report": report.public_id, "reason": reason})
    if report.attempt >= MAX_ATTEMPTS:
        return commands.fail_report(
            actor=system_actor(), report_id=report.pk, reason=reason, attempt=report.attempt
        )
    commands.release_report(report, reason)
    return report
