"""Reports at each stage, made as workers make them; ``issued`` draws and seals for real."""

import datetime as dt

from django.utils import timezone

from governance.access.models import User
from governance.approvals.models import ApprovalCase
from governance.kernel.actor import system_actor
from governance.ledger import proofs
from reports.documents import commands, files, production
from reports.documents.models import Report
from reports.render import content as c
from reports.render import contentjson
from reports.render.words import short_code
from tests.factories import access
from tests.factories import approvals as cases


def requested(bench: cases.Bench | None = None, case: ApprovalCase | None = None) -> Report:
    bench = bench or cases.bench()
    case = case or cases.decided(bench)
    return commands.request_report(actor=access.actor(bench.officer), case_id=case.pk)


def issued(bench: cases.Bench | None = None) -> Report:
    report = production.produce_report(requested(bench).pk)
    assert report is not None
    report.refresh_from_db()
    return report


def frozen(report: Report | None = None) -> Report:
    """Content of one line, kept without drawing it."""
    report = report or requested()
    moment = timezone.now().replace(microsecond=0)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    control = c.Control(
        report.public_id, "validation", "A report", "1", "validation/1", stamp, stamp, "A bank"
    )
    content = c.ReportContent(control, c.Summary(headline=f"Frozen as {report.pk}"))
    digest, position = contentjson.content_digest(content), proofs.position()
    return commands.freeze_report(
        actor=system_actor(),
        report_id=report.pk,
        content=contentjson.to_json(content),
        content_digest=digest,
        short_code=short_code(digest),
        proof=proofs.prove([1], position),
        position=position,
        as_of=moment,
    )


def recorded(report: Report | None = None) -> Report:
    """Issued in the ledger and on the shelf, with bytes that are no PDF."""
    report = frozen(report)
    data = f"stands for {report.pk}".encode()
    return commands.issue_report(
        actor=system_actor(), report_id=report.pk, digest=files.keep(data), size=len(data), pages=1
    )


def recalled(report: Report, officer: User, reason: str = "The data were wrong.") -> Report:
    return commands.recall_report(actor=access.actor(officer), report_id=report.pk, reason=reason)


def let_lease_run_out(report: Report) -> None:
    """What the clock does when a worker has died."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Report.objects.filter(pk=report.pk).update(lease_until=past)
