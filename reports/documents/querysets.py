"""Reading reports."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from reports.documents.kinds import MAX_ATTEMPTS, ReportState

if TYPE_CHECKING:
    from reports.documents.models import Report  # noqa: F401 - named in a type argument

_UNDER_WAY = (ReportState.REQUESTED, ReportState.FROZEN)
_PATIENCE = timedelta(seconds=20)  # how long a message may take from commit to claim


class ReportQuerySet(ScopedQuerySet["Report"]):
    view = Permission.REPORT_VIEW
    shared_path = "case__version__model_id"

    def under_way(self) -> "ReportQuerySet":
        return self.filter(state__in=_UNDER_WAY)

    def overdue(self) -> "ReportQuerySet":
        """Return reports that nobody works on although they are due."""
        now = timezone.now()
        unclaimed = Q(lease_until=None, requested_at__lt=now - _PATIENCE)
        return self.under_way().filter(unclaimed | Q(lease_until__lt=now), attempt__lt=MAX_ATTEMPTS)

    def exhausted(self) -> "ReportQuerySet":
        """Return reports whose last attempt ended without a word."""
        return self.under_way().filter(attempt__gte=MAX_ATTEMPTS, lease_until__lt=timezone.now())

    def issued(self) -> "ReportQuerySet":
        return self.exclude(digest="")
