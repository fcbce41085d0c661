"""A real worker over the real broker, killed in the middle: nothing is lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from audits.runs import commands as runs
from audits.runs.kinds import QUEUE, CheckState, RunState
from audits.runs.models import AuditRun
from governance.kernel.actor import system_actor
from governance.ledger.models import Entry
from tests.factories import catalog
from tests.factories import runs as factory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]
ROOT = Path(__file__).resolve().parents[3]
CELERY = (sys.executable, "-m", "celery", "-A", "governance.celery")
PATIENCE = 240.0


def database_url():
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def start_worker(tmp_path):
    """Starts workers whose runs are given up after two silent seconds; ends them all."""
    started = []

    def start():
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        options = ["-Q", f"default,{QUEUE}", "-c", "1", "--without-gossip", "--without-mingle"]
        name = f"crash-{os.getpid()}-{len(started)}@%h"
        started.append(
            subprocess.Popen(
                [*CELERY, "worker", *options, "-n", name],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": database_url(), "ASSAY_RUN_SILENCE": "2"},
                stdout=log,
                stderr=log,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def children(pid):
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def wait_for(condition, what):
    """Waits as the beat would: sweeping now and then."""
    deadline, swept = time.monotonic() + PATIENCE, time.monotonic()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        if time.monotonic() - swept > 1:
            runs.sweep_runs(actor=system_actor())
            swept = time.monotonic()
        time.sleep(0.02)
    return found


def in_the_middle(done):
    """A run of which ``done`` checks or more ended and one is at work."""
    return (
        AuditRun.objects.filter(state=RunState.RUNNING, checks__state=CheckState.DONE)
        .filter(checks__position__gte=done, checks__state=CheckState.DONE)
        .first()
    )


def test_killed_workers_lose_and_double_nothing(start_worker):
    of = [
        factory.subject(current=catalog.csv_bytes(catalog.frame(seed))) for seed in (8, 8, 11, 12)
    ]
    asked = [factory.requested(one) for one in of]
    first = start_worker()
    struck = wait_for(lambda: in_the_middle(2), "the first run")
    for child in children(first.pid):
        os.kill(child, signal.SIGKILL)
    wait_for(
        lambda: AuditRun.objects.filter(pk=struck.pk, attempt=2).exists(), "its second attempt"
    )
    wait_for(lambda: in_the_middle(1), "another run")
    first.kill()
    first.wait()
    start_worker()
    wait_for(
        lambda: not AuditRun.objects.exclude(state=RunState.COMPLETED).exists(), "the end of all"
    )
    for run in asked:
        run.refresh_from_db()
        told = Entry.objects.filter(subject_id=run.pk)
        assert told.filter(kind="runs.run.completed").count() == 1
        assert told.filter(kind="runs.run.started").count() == run.attempt
        assert set(run.checks.values_list("state", flat=True)) == {CheckState.DONE}
    assert sum(run.attempt for run in asked) > len(asked)
    assert asked[0].results_digest == asked[1].results_digest
    assert len({run.results_digest for run in asked}) == 3
