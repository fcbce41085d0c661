"""Runs carried out for real, in the sandbox: same results twice, and every bad input ends well."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audits.engine.errors import EngineError, SandboxMissingError
from audits.runs import commands as runs
from audits.runs import execution, rules
from audits.runs.kinds import CheckState, RunState
from audits.runs.models import AuditRun
from inventory.catalog import storage
from tests.factories import catalog
from tests.factories import runs as factory

pytestmark = pytest.mark.django_db(transaction=True)

LOANS = {
    "reference": catalog.csv_bytes(catalog.frame(7)),
    "current": catalog.csv_bytes(catalog.frame(8)),
}


def carried_out(of=None):
    run = factory.requested(of)
    execution.carry_out(run.pk)
    run.refresh_from_db()
    return run


def spoiled(**columns):
    """Current data with some columns replaced."""
    return catalog.csv_bytes(catalog.frame(8).assign(**columns))


def summaries(run):
    return {check.check_id: check.outcome["summary"] for check in run.checks.all()}


def verdicts(run):
    return dict(run.checks.values_list("check_id", "verdict"))


def test_same_plan_on_same_bytes_gives_the_same_digests_twice_in_a_row():
    of = factory.subject()
    first, second = carried_out(of), carried_out(of)
    assert first.state == second.state == RunState.COMPLETED, first.reason
    assert first.isolation == "bubblewrap"
    assert first.results_digest == second.results_digest
    one, two = (list(r.checks.values_list("check_id", "outcome_digest")) for r in (first, second))
    assert one == two
    assert "error" not in verdicts(first).values()


ELSEWHERE = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from audits.runs import execution
from tests.factories import runs
run = runs.requested(runs.subject(artifact=Path(sys.argv[1]).read_bytes()))
execution.carry_out(run.pk)
run.refresh_from_db()
print(run.plan_digest, run.results_digest)
"""


def test_plan_and_results_have_the_same_digests_on_sqlite(tmp_path):
    artifact = tmp_path / "model.ubj"
    artifact.write_bytes(catalog.boosted_bytes())
    run = carried_out(factory.subject(artifact=artifact.read_bytes()))
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(artifact)],
        cwd=Path(__file__).resolve().parents[3],
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3",
            "ASSAY_BROKER_URL": "memory://",
            "ASSAY_VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "governance.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split()[-2:] == [run.plan_digest, run.results_digest]


def test_stored_outcomes_still_have_their_digests():
    from governance.kernel.canonical import digest

    run = carried_out()
    checks = list(run.checks.all())
    assert all(digest(check.outcome) == check.outcome_digest for check in checks)
    stored = rules.results_digest((c.check_id, c.outcome_digest) for c in checks)
    assert stored == run.results_digest


def test_other_teams_same_request_gives_the_same_digest():
    assert carried_out().results_digest == carried_out().results_digest


def test_each_check_shows_its_time_and_the_log_tells_the_story():
    run = carried_out()
    assert all(check.state == CheckState.DONE for check in run.checks.all())
    assert all(check.seconds is not None and check.started_at for check in run.checks.all())
    lines = list(run.log.values_list("text", flat=True))
    assert lines[0].startswith("Requested")
    assert lines[-1].startswith("Completed")
    assert len(lines) == run.checks.count() + 3


BAD = {
    "one class": (spoiled(paid=1), "performance.classification", "class"),
    "constant column": (spoiled(income=50.0), "data.schema", "income"),
    "all missing": (spoiled(income=np.nan), "data.schema", "income"),
    "text in numbers": (
        spoiled(income=[*catalog.frame(8)["income"].astype(str)[:-1], "a lot"]),
        "data.schema",
        "a lot",
    ),
    "missing columns": (
        catalog.csv_bytes(catalog.frame(8).drop(columns=["income"])),
        "data.schema",
        "income",
    ),
    "cut short": (LOANS["current"][:-700] + b'1,2,"', "data.schema", ""),
    "empty": (b"income,debt,age,region,group,paid\n", "data.schema", "no rows"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_data_end_the_run_with_a_clear_reason(bad):
    content, check, said = BAD[bad]
    of = factory.subject(current=content, inspected=False)
    run = carried_out(of)
    assert run.state == RunState.COMPLETED, run.reason
    assert verdicts(run)[check] in {"fail", "error", "insufficient evidence"}
    assert said in summaries(run)[check]
    assert "Internal error" not in " ".join(summaries(run).values())


def damaged():
    """A model file that is whole from outside and broken within."""
    content = bytearray(catalog.boosted_bytes())
    for place in range(len(content) // 3, len(content) // 2):
        content[place] ^= 0x5A
    return bytes(content)


def other_features():
    """A model that was trained on other columns than the signature says."""
    columns = [{"name": name, "kind": "number"} for name in ("income", "debt")]
    return catalog.signature(features=columns)


@pytest.mark.parametrize(
    ("artifact", "signature"), [(damaged, None), (catalog.boosted_bytes, other_features)]
)
def test_artifact_that_cannot_score_becomes_errors_not_a_crash(artifact, signature):
    chosen = signature() if signature else None
    of = factory.subject(artifact=artifact(), inspected=False, signature=chosen)
    run = carried_out(of)
    if run.state == RunState.FAILED:
        assert run.reason
    else:
        assert verdicts(run)["performance.classification"] == "error"
        assert "Internal error" not in summaries(run)["performance.classification"]
    assert carried_out().state == RunState.COMPLETED


def test_worker_goes_on_after_a_hostile_run(monkeypatch):
    run = factory.requested()
    host = execution.engine_host()

    def crash(*_args, **_options):
        raise EngineError("The run crashed (SIGSEGV).", "crashed")

    with monkeypatch.context() as patch:
        patch.setattr(host, "run", crash)
        for _ in range(3):
            execution.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.FAILED, 3)
    assert "SIGSEGV" in run.reason
    assert set(verdicts(run).values()) == {"error"}
    assert carried_out().state == RunState.COMPLETED


@pytest.mark.parametrize("kind", ["timeout", "memory", "malformed-output"])
def test_what_another_attempt_would_meet_again_fails_at_once(monkeypatch, kind):
    run = factory.requested()

    def stop(*_args, **_options):
        raise EngineError(f"Stopped: {kind}.", kind)

    monkeypatch.setattr(execution.engine_host(), "run", stop)
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.reason) == (RunState.FAILED, 1, f"Stopped: {kind}.")


def test_run_stops_soon_after_it_is_cancelled(monkeypatch):
    of = factory.subject()
    run = factory.requested(of)
    host, plain = execution.engine_host(), runs.record_check

    def record_and_cancel(**options):
        check = plain(**options)
        if check.position == 0:
            runs.cancel_run(actor=of.actor, run_id=run.pk)
        return check

    monkeypatch.setattr(execution, "_BEAT_SECONDS", 0.01)
    monkeypatch.setattr(runs, "record_check", record_and_cancel)
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.checks.filter(state=CheckState.DONE).count() < run.checks.count()
    assert host.isolation == run.isolation


def test_run_without_its_file_says_which_file():
    of = factory.subject()
    run = factory.requested(of)
    storage.default_storage.delete(storage.blob_name(of.current.digest))
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert of.current.digest in run.reason


def test_bytes_that_changed_in_the_storage_are_found_out():
    of = factory.subject(current=catalog.csv_bytes(catalog.frame(9)))
    run = factory.requested(of)
    path = Path(storage.default_storage.path(storage.blob_name(of.current.digest)))
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b",a,", b",b,", 1))
    execution.carry_out(run.pk)
    path.unlink()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "has changed" in run.reason


def test_machine_without_isolation_refuses_where_it_is_required(monkeypatch):
    def missing():
        raise SandboxMissingError("Checks need bubblewrap.")

    monkeypatch.setattr(execution, "engine_host", missing)
    run = carried_out()
    assert run.state == RunState.FAILED
    assert "bubblewrap" in run.reason


def test_plan_for_other_libraries_is_not_run_here(monkeypatch):
    run = factory.requested()
    monkeypatch.setattr(execution, "library_versions", lambda: {"numpy": "0.1"})
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "numpy 0.1" in run.reason


def test_defect_of_ours_is_tried_again_and_named(monkeypatch):
    run = factory.requested()

    def broken(*_args, **_options):
        raise OSError("disk")

    monkeypatch.setattr(execution.engine_host(), "run", broken)
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 1)
    assert "OSError" in run.log.last().text


def test_finished_and_unknown_runs_are_left_alone():
    run = factory.completed()
    execution.carry_out(run.pk)
    run.refresh_from_db()
    assert run.attempt == 1
    execution.carry_out(AuditRun().pk)
