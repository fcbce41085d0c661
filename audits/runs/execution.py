"""Carrying out one run: claim, sandbox, outcomes as they come, end. Called by the task.

Whatever happens ends in the row: results, a reason, or a lease that lapses and is swept up. The
Celery worker itself never opens a stranger's bytes.
"""

import logging
import threading
import time
from contextlib import ExitStack
from typing import BinaryIO, Self, TypedDict
from uuid import UUID

from django.conf import settings
from django.db import connections

from audits.engine.errors import EngineError, SandboxMissingError
from audits.engine.job import Progress, Results
from audits.engine.plan import Plan, library_versions, plan_from_json
from audits.engine.sandbox import EngineHost
from audits.runs import commands as runs
from audits.runs import rules
from audits.runs.models import AuditRun
from governance.kernel.actor import Actor, system_actor
from governance.kernel.errors import Missing
from governance.kernel.ids import new_id
from inventory.catalog.inspection import host as engine_host
from inventory.catalog.storage import BlobDamagedError, local_blob

logger = logging.getLogger(__name__)

_PASSING = {"crashed"}  # kinds of EngineError that another attempt may not meet again
_RENEWALS = 3  # in one lease, so that two may be late
_BEAT_SECONDS = 0.5


class Held(TypedDict):
    """How a worker's commands are addressed: who acts, on which run, holding it as whom."""

    actor: Actor
    run_id: UUID
    holder: UUID


class UnfitError(Exception):
    """A run that can never end well; the message says why."""


def carry_out(run_id: UUID) -> None:
    """Carry out the run unless somebody else has it, it is over, or there is no such run."""
    at = Held(actor=system_actor(), run_id=run_id, holder=new_id())
    host, missing = _ready_host()
    run = runs.claim_run(**at, isolation=host.isolation if host else "none")
    if run is None:
        return
    if host is None:
        runs.fail_run(**at, reason=missing)
        return
    with _Heartbeat(at) as heartbeat:
        _attempt(_Attempt(run, at, host, heartbeat))


def _ready_host() -> tuple[EngineHost | None, str]:
    """Return the warm host, or why there is none. Before the claim: imports take seconds."""
    try:
        host = engine_host()
        host.start()
    except SandboxMissingError as error:
        return None, str(error)
    except EngineError as error:
        return None, error.reason
    return host, ""


class _Attempt:
    def __init__(self, run: AuditRun, at: Held, host: EngineHost, beat: "_Heartbeat") -> None:
        self.run, self.at, self.host, self.beat = run, at, host, beat

    def results(self) -> Results:
        """Run the plan in the sandbox on the bytes that it names."""
        plan = self._plan()
        with ExitStack() as files:
            data = {ref.role: _open(files, ref.digest) for ref in plan.data}
            model = _open(files, plan.model.digest)
            return self.host.run(
                plan,
                {role: file.fileno() for role, file in data.items()},
                model.fileno(),
                on_progress=self.tell,
                should_stop=self.beat.stopped,
            )

    def tell(self, progress: Progress) -> None:
        if progress.outcome is None:
            runs.begin_check(**self.at, position=progress.index)
        else:
            runs.record_check(**self.at, position=progress.index, outcome=progress.outcome)

    def _plan(self) -> Plan:
        plan = plan_from_json(self.run.plan)
        if plan.digest() != self.run.plan_digest:
            raise UnfitError("The stored plan is not the one that was asked for.")
        if other := rules.other_libraries(plan, library_versions()):
            named = "; ".join(other)
            raise UnfitError(f"This worker's libraries are not the plan's ({named}). Run it anew.")
        return plan


def _open(files: ExitStack, digest: str) -> BinaryIO:
    try:
        return files.enter_context(local_blob(digest))
    except (BlobDamagedError, Missing) as error:
        raise UnfitError(f"A file of this run cannot be used: {error}") from error


def _attempt(attempt: _Attempt) -> None:
    at = attempt.at
    try:
        try:
            results = attempt.results()
            runs.finish_run(**at, peak_bytes=results.peak_bytes)
        except UnfitError as error:
            runs.fail_run(**at, reason=str(error))
        except EngineError as error:
            _stopped(at, error)
    except runs.LostLease:
        logger.warning("run lost to another worker", extra={"run": str(at["run_id"])})
    except Exception as error:
        logger.exception("run broke", extra={"run": str(at["run_id"])})
        runs.release_run(**at, reason=f"Something broke on our side ({type(error).__name__}).")


def _stopped(at: Held, error: EngineError) -> None:
    if error.kind == "cancelled":
        runs.confirm_cancel(**at)
    elif error.kind in _PASSING:
        runs.release_run(**at, reason=error.reason)
    else:
        runs.fail_run(**at, reason=error.reason)


class _Heartbeat(threading.Thread):
    """Renews the lease beside the run and hears whether it is still wanted.

    A thread, since reading a large file or a slow check gives no other chance to; it dies with the
    process, and then the lease lapses.
    """

    def __init__(self, at: Held) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self._at = at
        self._renewed = time.monotonic()
        self._over = threading.Event()
        self._stop_run = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def stopped(self) -> bool:
        return self._stop_run.is_set()

    def run(self) -> None:
        try:
            while not self._over.wait(_BEAT_SECONDS):
                self._beat()
        finally:
            connections.close_all()

    def _beat(self) -> None:
        try:
            if not AuditRun.objects.wanted(self._at["run_id"], self._at["holder"]):
                self._stop_run.set()
            elif time.monotonic() - self._renewed > settings.ASSAY_RUN_SILENCE / _RENEWALS:
                runs.renew_lease(**self._at)
                self._renewed = time.monotonic()
        except runs.LostLease:
            self._stop_run.set()
        except Exception:
            logger.exception("lease not renewed")
