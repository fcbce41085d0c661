import os
import shutil
import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.engine import bubblewrap
from audits.engine.answers import RunAnswer
from audits.engine.errors import DataError, EngineError, ModelError, SandboxMissingError
from audits.engine.host import empty
from audits.engine.job import Limits, Progress
from audits.engine.outcome import Verdict
from audits.engine.sandbox import EngineHost
from tests.audits.engine.samples import boosted, parquet, plan_for, table

PROBES = "tests.audits.engine.probes"
REFERENCE, CURRENT = parquet(table()), parquet(table(300, 1))
LIMITS = Limits(
    wall_seconds=120, cpu_seconds=60, memory_bytes=1 << 30, file_bytes=1 << 20, output_bytes=4 << 20
)


@pytest.fixture(scope="module")
def host() -> Iterator[EngineHost]:
    with EngineHost(LIMITS, extra_checks=[PROBES], preload=False) as started:
        assert started.isolation == "bubblewrap"
        yield started


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    for name, data in (("reference", REFERENCE), ("current", CURRENT), ("model", boosted())):
        (tmp_path / f"{name}.parquet").write_bytes(data)
    return {name: tmp_path / f"{name}.parquet" for name in ("reference", "current", "model")}


def run(host: EngineHost, files: dict[str, Path], *checks: str, **more: Any) -> Any:
    parameters = more.pop("parameters", None)
    parts = {"reference": REFERENCE, "current": CURRENT, "model": boosted()}
    plan = plan_for(checks, parameters=parameters, **parts)
    data = {role: files[role] for role in ("reference", "current")}
    return host.run(plan, data, files["model"], **more)


def ending(host: EngineHost, files: dict[str, Path], *checks: str, **more: Any) -> EngineError:
    """Return how the run ended; afterwards the next run must work on a new host."""
    with pytest.raises(EngineError) as caught:
        run(host, files, *checks, **more)
    starts = host.starts
    assert run(host, files, "probe.data").outcomes[0].verdict is Verdict.PASS
    assert host.starts == starts
    return caught.value


def look(host: EngineHost, files: dict[str, Path], *attempts: str) -> dict[str, str]:
    found = run(host, files, "probe.look", parameters={"try": attempts}).outcomes[0]
    return dict(note.split(": ", 1) for note in found.notes)


def test_run_gives_the_same_digests_as_in_process_and_tells_progress(
    host: EngineHost, files: dict[str, Path]
) -> None:
    from tests.audits.engine.test_execute import full_plan
    from tests.audits.engine.test_execute import run as run_here

    seen: list[Progress] = []
    found = run(host, files, "probe.numbers", "probe.data", on_progress=seen.append)
    here = run_here(full_plan("probe.numbers", "probe.data"))
    assert [o.digest() for o in found.outcomes] == [o.digest() for o in here]
    assert [(p.index, p.outcome is not None) for p in seen] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert found.isolation == "bubblewrap"


def test_second_run_uses_the_same_warm_host(host: EngineHost, files: dict[str, Path]) -> None:
    run(host, files, "probe.data")
    starts = host.starts
    run(host, files, "probe.data")
    assert host.starts == starts


def test_check_that_breaks_is_an_outcome_and_the_host_stays(
    host: EngineHost, files: dict[str, Path]
) -> None:
    starts = host.starts
    found = run(host, files, "probe.raises", "probe.data").outcomes
    assert [o.verdict for o in found] == [Verdict.ERROR, Verdict.PASS]
    assert host.starts == starts


def test_uploads_are_inspected_inside_and_refused_with_reason(
    host: EngineHost, files: dict[str, Path], tmp_path: Path
) -> None:
    assert host.inspect_data(files["reference"], "parquet").rows == 400
    assert host.inspect_model(files["model"], "xgboost-ubj").library == "XGBoost"
    bad = tmp_path / "bad"
    bad.write_bytes(b"a,b\n1\n")
    with pytest.raises(DataError, match="line 2") as caught:
        host.inspect_data(bad, "csv")
    assert caught.value.code == "broken-csv"
    with pytest.raises(ModelError, match="cut off"):
        host.inspect_model(bad, "xgboost-json")


def test_files_can_be_given_as_descriptors_wherever_they_stand(
    host: EngineHost, files: dict[str, Path]
) -> None:
    with files["reference"].open("rb") as opened:
        opened.read(100)
        assert host.inspect_data(opened.fileno(), "parquet").rows == 400


def test_this_machine_is_out_of_reach(
    host: EngineHost, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = look(host, files, "passwd", "home", "environment", "user", "connect", "processes")
    assert found == {
        "passwd": "FileNotFoundError",
        "home": "FileNotFoundError",
        "environment": "[]",
        "user": "65534",
        "connect": "PermissionError",
        "processes": "3",  # bubblewrap's first, the host, the run
    }


def test_no_process_is_started(host: EngineHost, files: dict[str, Path]) -> None:
    assert look(host, files, "fork", "execute") == {
        "fork": "PermissionError",
        "execute": "PermissionError",
    }
    assert run(host, files, "probe.thread").outcomes[0].notes == ("1",)


def test_nothing_is_written_outside_tmp(host: EngineHost, files: dict[str, Path]) -> None:
    found = look(host, files, "write to root", "write to code", "write to dev", "write to tmp")
    assert found.pop("write to tmp") == "written"
    assert set(found.values()) == {"OSError"}  # read-only file system


def test_given_files_cannot_be_opened_anew_for_writing(
    host: EngineHost, files: dict[str, Path]
) -> None:
    for path in files.values():
        path.chmod(0o666)
    found = look(host, files, "reopen", "change mode")
    assert found["change mode"] == "PermissionError"
    assert found["reopen"] == "PermissionError"
    assert files["reference"].read_bytes() == REFERENCE
    assert stat.S_IMODE(files["reference"].stat().st_mode) == 0o666


def test_host_can_neither_be_killed_nor_read(host: EngineHost, files: dict[str, Path]) -> None:
    starts = host.starts
    found = look(host, files, "kill host", "read host")
    assert found == {"kill host": "PermissionError", "read host": "PermissionError"}
    assert host.starts == starts


def test_run_leaves_nothing_to_the_next(host: EngineHost, files: dict[str, Path]) -> None:
    before, after = (run(host, files, "probe.leave").outcomes[0].notes for _ in range(2))
    assert after == before  # not empty where the product itself lies below /tmp
    assert not {"left-behind", "folder"} & set(after)


def test_clearing_up_goes_round_what_is_bound_below_tmp_and_takes_all_else(tmp_path: Path) -> None:
    bound = tmp_path / "product" / "lib"
    for folder in (bound, tmp_path / "product" / "more", tmp_path / "left"):
        folder.mkdir(parents=True)
        (folder.parent / f"{folder.name}.txt").write_text("secret")
    (tmp_path / "link").symlink_to(bound)
    empty(tmp_path, frozenset({bound, *bound.parents}))
    assert sorted(tmp_path.rglob("*")) == [bound.parent, bound]


def test_memory_hog_is_stopped_and_the_other_checks_go_on(
    host: EngineHost, files: dict[str, Path]
) -> None:
    found = run(host, files, "probe.hog", "probe.data").outcomes
    assert found[0].verdict is Verdict.ERROR
    assert "memory" in found[0].summary
    assert found[1].verdict is Verdict.PASS


def test_small_file_that_unfolds_beyond_the_memory_is_not_called_unreadable(
    host: EngineHost, tmp_path: Path
) -> None:
    path, rows = tmp_path / "zeros.parquet", pa.table({"a": np.zeros(2_000_000, np.int64)})
    with pq.ParquetWriter(path, rows.schema) as file:
        for _ in range(100):
            file.write_table(rows)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(EngineError, match="more memory than it may use") as caught:
        host.inspect_data(path, "parquet")
    assert caught.value.kind == "memory"


def test_run_without_end_is_stopped_at_its_time(files: dict[str, Path]) -> None:
    with EngineHost(replace(LIMITS, wall_seconds=2), extra_checks=[PROBES], preload=False) as host:
        with pytest.raises(EngineError, match="longer than it may") as caught:
            run(host, files, "probe.loop")
        assert caught.value.kind == "timeout"
        host.limits = LIMITS
        assert run(host, files, "probe.data").outcomes[0].verdict is Verdict.PASS


def test_processor_time_is_limited_apart_from_the_clock(files: dict[str, Path]) -> None:
    with EngineHost(Limits(cpu_seconds=1), extra_checks=[PROBES], preload=False) as host:
        with pytest.raises(EngineError, match="processor time") as caught:
            run(host, files, "probe.loop")
        assert caught.value.kind == "timeout"


def test_cancelled_run_ends_and_the_next_one_works(
    host: EngineHost, files: dict[str, Path]
) -> None:
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(len(asked) == 3)
        return asked[-1]

    with pytest.raises(EngineError) as caught:
        run(host, files, "probe.loop", should_stop=stop)
    assert caught.value.kind == "cancelled"
    assert asked == [False, False, False, True]
    assert run(host, files, "probe.data").outcomes[0].verdict is Verdict.PASS


@pytest.mark.parametrize("how", ["crash", "killed"])
def test_run_that_dies_is_reported_as_crashed(
    host: EngineHost, files: dict[str, Path], how: str
) -> None:
    error = ending(host, files, "probe.die", parameters={"how": how})
    assert error.kind == "crashed"
    assert ("SIGSEGV" if how == "crash" else "SIGKILL") in error.reason


def test_run_that_leaves_without_a_result_is_not_believed(
    host: EngineHost, files: dict[str, Path]
) -> None:
    error = ending(host, files, "probe.die", parameters={"how": "exit"})
    assert error.kind == "malformed-output"


def test_endless_output_is_cut_off(host: EngineHost, files: dict[str, Path]) -> None:
    assert ending(host, files, "probe.shout").kind == "malformed-output"


@pytest.mark.parametrize(
    "line",
    [
        "rubbish\n",
        "[1]\n",
        '{"event": "done", "count": 1}\n',
        '{"event": "started", "index": 5, "check": "x"}\n',
        '{"event": "finished", "index": 0, "outcome": {}, "seconds": 1}\n',
        '{"event": "finished", "index": 0, "outcome": {}, "seconds": NaN}\n',
        '{"event": "refused", "what": "model", "message": 1, "code": "x"}\n',
        "[" * 100_000 + "\n",
    ],
)
def test_forged_lines_are_refused(line: str) -> None:
    answer = RunAnswer(plan_for(("a.b",)), lambda _: None)
    answer.take(b'{"event": "started", "index": 0, "check": "a.b"}')
    with pytest.raises(EngineError) as caught:
        answer.take(line.encode())
    assert caught.value.kind == "malformed-output"


def test_forged_output_of_a_real_run_is_refused(host: EngineHost, files: dict[str, Path]) -> None:
    for line in ("rubbish\n", "no end of line"):
        error = ending(host, files, "probe.speak", parameters={"line": line})
        assert error.kind == "malformed-output"


def test_upload_is_opened_before_the_host_is_warm_and_runs_then_give_the_same_digests(
    files: dict[str, Path],
) -> None:
    from tests.audits.engine.test_execute import full_plan
    from tests.audits.engine.test_execute import run as run_here

    with_probes = EngineHost(LIMITS, extra_checks=[PROBES])
    with_probes.prepare()
    try:
        assert with_probes.inspect_model(files["model"], "xgboost-ubj").library == "XGBoost"
        assert not with_probes.warm
        found = run(with_probes, files, "probe.numbers").outcomes
        assert with_probes.warm
        assert with_probes.starts == 1
    finally:
        with_probes.close()
    assert found[0].digest() == run_here(full_plan("probe.numbers"))[0].digest()


def test_host_killed_from_outside_is_replaced(host: EngineHost, files: dict[str, Path]) -> None:
    process = host._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert run(host, files, "probe.data").outcomes[0].verdict is Verdict.PASS


def test_error_in_the_callers_own_callback_reaches_the_caller(
    host: EngineHost, files: dict[str, Path]
) -> None:
    def broken(_: Progress) -> None:
        raise ValueError("the page's own fault")

    with pytest.raises(ValueError, match="own fault"):
        run(host, files, "probe.data", on_progress=broken)


def test_host_leaves_no_process_when_closed(files: dict[str, Path]) -> None:
    with EngineHost(LIMITS, preload=False) as host:
        host.inspect_data(files["reference"], "parquet")
        process = host._process
        assert process is not None
        group = process.pid
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_missing_bubblewrap_is_refused_unless_allowed_and_then_named(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, Path]
) -> None:
    found = shutil.which
    monkeypatch.setattr(
        "audits.engine.bubblewrap.shutil.which",
        lambda name: None if name == "bwrap" else found(name),
    )
    bubblewrap.works.cache_clear()
    try:
        with pytest.raises(SandboxMissingError, match="bubblewrap"):
            EngineHost(LIMITS)
        with EngineHost(
            LIMITS, allow_rlimits_only=True, extra_checks=[PROBES], preload=False
        ) as host:
            assert host.isolation == "rlimits only"
            assert run(host, files, "probe.numbers").isolation == "rlimits only"
            assert look(host, files, "fork", "connect")["fork"] == "PermissionError"
            error = ending(host, files, "probe.die", parameters={"how": "crash"})
            assert error.kind == "crashed"
    finally:
        bubblewrap.works.cache_clear()


def test_answer_refuses_an_outcome_for_another_check() -> None:
    answer = RunAnswer(plan_for(("a.b",)), lambda _: None)
    answer.take(b'{"event": "started", "index": 0, "check": "a.b"}')
    with pytest.raises(EngineError, match="malformed"):
        answer.take(b'{"event": "started", "index": 0, "check": "a.b"}')
