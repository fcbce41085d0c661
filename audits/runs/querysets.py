"""Reading runs."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from audits.engine.outcome import Verdict
from audits.runs.kinds import FIRST_RESEND, LONGEST_RESEND, CheckState, RunState
from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from audits.runs.models import AuditRun, CheckRun  # noqa: F401 - named in quotes below

_SENT = 7  # sendings after which the pause no longer grows


class AuditRunQuerySet(ScopedQuerySet["AuditRun"]):
    view = Permission.RUN_VIEW
    team_path = "version__model__team_id"
    shared_path = "version__model_id"

    def with_subject(self) -> "AuditRunQuerySet":
        """Bring along what a page names: version, model, data, policy, who asked."""
        return self.select_related(
            "version__model", "reference__dataset", "current__dataset", "policy", "requested_by"
        )

    def claimable(self, now: datetime) -> "AuditRunQuerySet":
        """Return what a worker may take: waiting, or left by a worker that fell silent."""
        silent = Q(state=RunState.RUNNING, lease_until__lt=now)
        return self.filter(Q(state=RunState.QUEUED) | silent)

    def lost(self, now: datetime) -> "AuditRunQuerySet":
        """Return what no worker may know of: unclaimed for longer than its last message's pause."""
        late = Q(pk__in=[])
        for sends in range(1, _SENT + 1):
            pause = min(FIRST_RESEND * 2 ** (sends - 1), LONGEST_RESEND)
            often = Q(sends=sends) if sends < _SENT else Q(sends__gte=sends)
            late |= often & Q(sent_at__lt=now - timedelta(seconds=pause))
        silent = Q(state=RunState.RUNNING, lease_until__lt=now)
        return self.filter((Q(state=RunState.QUEUED) & late) | silent)

    def wanted(self, run_id: Any, holder: Any) -> bool:
        """Return whether ``holder`` still has the run and nobody asked for it to stop."""
        return self.filter(
            pk=run_id, lease_holder=holder, state=RunState.RUNNING, cancel_requested_at=None
        ).exists()


class CheckRunQuerySet(ScopedQuerySet["CheckRun"]):
    view = Permission.RUN_VIEW
    team_path = "run__version__model__team_id"
    shared_path = "run__version__model_id"

    def in_runs(self, run_ids: list[Any]) -> "QuerySet[CheckRun]":
        return self.filter(run_id__in=run_ids).order_by("position")

    def durations(
        self, check_ids: list[str], most: int = 300
    ) -> list[tuple[str, int | None, float]]:
        """Return (check, rows, seconds) of the latest finished checks, newest first."""
        rows = (
            self.filter(check_id__in=check_ids, state=CheckState.DONE, seconds__isnull=False)
            .exclude(verdict=Verdict.ERROR)
            .order_by("-finished_at")
            .values_list("check_id", "run__current__rows", "seconds")
        )
        return [(check, n, seconds or 0.0) for check, n, seconds in rows[:most]]
