"""What the commands that ask for a report share."""

import time

from django.core.management.base import CommandError

from reports.documents.kinds import ReportState
from reports.documents.models import Report

_LOOK_SECONDS = 0.5


def wait_for(report: Report) -> None:
    """Return when a worker has signed the report; raises ``CommandError`` when it failed."""
    while report.state in {ReportState.REQUESTED, ReportState.FROZEN}:
        time.sleep(_LOOK_SECONDS)
        report.refresh_from_db(fields=["state", "failure"])
    if report.state == ReportState.FAILED:
        raise CommandError(f"{report.public_id} failed: {report.failure}")
