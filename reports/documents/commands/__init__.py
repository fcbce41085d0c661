"""Every write to reports."""

from reports.documents.commands.asking import request_cost_report, request_report
from reports.documents.commands.ending import recall_report, record_download
from reports.documents.commands.making import (
    LEASE,
    LostReport,
    claim_report,
    fail_report,
    freeze_report,
    issue_report,
    release_report,
)

__all__ = [
    "LEASE",
    "LostReport",
    "claim_report",
    "fail_report",
    "freeze_report",
    "issue_report",
    "recall_report",
    "record_download",
    "release_report",
    "request_cost_report",
    "request_report",
]
