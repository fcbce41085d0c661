"""Throw-away PostgreSQL and Redis for one test run, from the servers that Debian installs.

A guardian process of its own starts them and waits on a pipe from the run. However the run ends
(well, by Ctrl-C, by SIGKILL), the pipe closes, and the guardian stops both and removes their data.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0  # seconds until a server must answer
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")


@dataclass(frozen=True)
class Services:
    """Addresses of the two servers, and a folder that is removed with them."""

    database_url: str
    redis_url: str
    folder: Path


@contextlib.contextmanager
def running() -> Iterator[Services]:
    """Both servers, ready; stopped when the block ends or this process dies."""
    guardian = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert guardian.stdin
    assert guardian.stdout
    try:
        line = guardian.stdout.readline()
        if not line:
            raise RuntimeError("The test servers did not start; the reason stands above.")
        told = json.loads(line)
        yield Services(told["database_url"], told["redis_url"], Path(told["folder"]))
    finally:
        guardian.stdin.close()
        guardian.wait(timeout=PATIENCE)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise SystemExit("No PostgreSQL server is installed; `make setup-test` installs it.")
    return Path(on_path).resolve().parent


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: the arguments that start it as somebody else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait_until(ready: list[str], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(ready, capture_output=True, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise SystemExit(f"{server.args[0]} did not start:\n{log.read_text()}")
        time.sleep(0.05)


def _start(
    command: list[str], ready: list[str], folder: Path, **who: object
) -> subprocess.Popen[bytes]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, **who)  # type: ignore[call-overload]
    _wait_until(ready, server, log)
    return server


def _start_postgres(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    programs, port, who = _postgres_programs(), _free_port(), _unprivileged()
    home = folder / "postgres"
    home.mkdir()
    if who:
        os.chown(home, who["user"], who["group"])
    data = str(home / "data")
    initdb = [f"{programs}/initdb", "-D", data, "-U", "assay", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run(
        [*initdb, "--locale=C.UTF-8", "--no-sync"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        **who,
    )
    if made.returncode != 0:
        raise SystemExit(f"initdb failed:\n{made.stdout}{made.stderr}")
    settings = [part for setting in FAST for part in ("-c", setting)]
    server = _start(
        [
            f"{programs}/postgres",
            "-D",
            data,
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            "",
            *settings,
        ],
        [f"{programs}/pg_isready", "-h", "127.0.0.1", "-p", str(port)],
        home,
        **who,
    )
    return server, f"postgres://assay@127.0.0.1:{port}/postgres"


def _start_redis(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    if shutil.which("redis-server") is None:
        raise SystemExit("No Redis server is installed; `make setup-test` installs it.")
    port = str(_free_port())
    address = ["--bind", "127.0.0.1", "--port", port]
    server = _start(
        ["redis-server", *address, "--save", "", "--appendonly", "no", "--databases", "64"],
        ["redis-cli", "-h", "127.0.0.1", "-p", port, "ping"],
        folder,
    )
    return server, f"redis://127.0.0.1:{port}/0"


def _stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    server.send_signal(how)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _guard() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="assay-tests-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        postgres, database_url = _start_postgres(folder)
        stack.callback(_stop, postgres, signal.SIGINT)
        redis, redis_url = _start_redis(folder)
        stack.callback(_stop, redis, signal.SIGTERM)
        told = {"database_url": database_url, "redis_url": redis_url, "folder": str(folder)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _guard()
