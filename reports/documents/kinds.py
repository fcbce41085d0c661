"""States, event kinds and task names of reports."""

from django.db.models import TextChoices


class ReportKind(TextChoices):
    VALIDATION = "validation", "Validation report"
    COST = "cost", "Cost report"


class ReportState(TextChoices):
    REQUESTED = "requested", "Requested"
    FROZEN = "frozen", "Content frozen"
    SIGNED = "signed", "Signed"
    FAILED = "failed", "Failed"
    SUPERSEDED = "superseded", "Superseded"
    RECALLED = "recalled", "Recalled"


class Kind(TextChoices):
    REPORT_REQUESTED = "documents.report.requested"
    REPORT_FROZEN = "documents.report.frozen"
    REPORT_ISSUED = "documents.report.issued"
    REPORT_FAILED = "documents.report.failed"
    REPORT_SUPERSEDED = "documents.report.superseded"
    REPORT_RECALLED = "documents.report.recalled"
    REPORT_DOWNLOADED = "documents.report.downloaded"


MAX_ATTEMPTS = 3
PRODUCE = "reports.documents.produce"  # task: (report id,)
SWEEP = "reports.documents.sweep"
QUEUE = "reports"
