"""`manage.py serve` as an operator meets it: real processes on the embedded default."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

# One after another: they share a data folder, which the first of them fills.
pytestmark = pytest.mark.xdist_group("serve")
ROOT = Path(__file__).resolve().parents[3]
WORKERS = 4  # default, checks, reports, costs
MANAGE = str(ROOT / "manage.py")


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture
def served(var: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"ASSAY_VAR_DIR": str(var), "ASSAY_BROKER_URL": "filesystem://"}
    command = [sys.executable, MANAGE, "serve", "--port", str(port), "--checks", "1"]
    with (var / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)
    try:
        _wait(lambda: _answers(port) and _told(var).count(" ready.") == WORKERS, process)
        yield process, port
    finally:
        process.kill()
        process.wait()


def _told(var: Path) -> str:
    return (var / "serve.log").read_text()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(condition: object, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited five minutes"
        assert process is None or process.poll() is None, "serve ended by itself"
        time.sleep(0.2)


def _processes(var: Path) -> dict[int, str]:
    """Process ids and command lines of all that run on this `var/`, however they descend."""
    mark, found = f"ASSAY_VAR_DIR={var}".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command:  # a zombie that waits for its parent has none
                    found[int(folder.name)] = command
        except OSError:
            continue
    return found


def test_serve_ends_all_its_processes_when_told_to_stop(served, var):
    process, _ = served
    assert len(_processes(var)) >= 11  # itself, arbiter and 2, 3 workers and 3, beat
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert _processes(var) == {}


def test_serve_leaves_no_orphan_when_it_is_killed_outright(served, var):
    process, _ = served
    process.kill()
    process.wait()
    _wait(lambda: _processes(var) == {})


def test_serve_ends_with_the_first_program_that_dies_and_names_it(served, var):
    process, _ = served
    beat = next(pid for pid, command in _processes(var).items() if " beat " in command)
    os.kill(beat, signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    assert _processes(var) == {}
    assert "beat    | ended with status -9" in _told(var)
