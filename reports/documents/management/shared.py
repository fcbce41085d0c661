"""What the report commands of the shell share: which report."""

import re
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from governance.kernel.actor import Actor
from reports.documents.models import Report

_NUMBER = re.compile(r"RPT-([0-9]{1,15})", re.IGNORECASE)


def report_of(actor: Actor, named: str) -> Report:
    """Return the report by its number (``RPT-00001``) or its id, as far as ``actor`` sees it."""
    rows: Any = Report.objects.visible_to(actor)
    numbered = _NUMBER.fullmatch(named.strip())
    try:
        found = rows.filter(number=int(numbered[1])) if numbered else rows.filter(pk=UUID(named))
    except ValueError as error:
        raise CommandError(f"{named!r} is neither a report's number nor its id.") from error
    report: Report | None = found.first()
    if report is None:
        raise CommandError(f"There is no report {named!r} that this person may see.")
    return report
