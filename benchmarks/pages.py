"""Pages and API at 10,000 models with 100,000 versions, beside an MLflow registry that holds them.

    python benchmarks/pages.py
    python benchmarks/pages.py --quick

Both stand on the same PostgreSQL (``--postgres``, a server where databases ``bench_assay`` and
``bench_mlflow`` may be made anew), each served by two processes of four threads: ours by the very
command of ``manage.py serve`` with production's settings, MLflow by gunicorn. One and eight clients
keep their connections and ask without pause; the requests take turns, ``--rounds`` times. Printed
are p50 and p95 of all answers, the median of requests a second, processor time for a request
(server and its database sessions), ratios theirs / ours, our queries for a request, and memory
after the load.

MLflow is installed under ``var/benchmarks`` by the first run. ``--keep`` leaves both databases, and
``--reuse`` takes them as they were left.
"""

import argparse
import contextlib
import json
import os
import platform
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402

from benchmarks import pages_load as load  # noqa: E402
from benchmarks import pages_peer as peer  # noqa: E402

OURS, THEIRS = "bench_assay", "bench_mlflow"
VERSIONS = 10
HEALTH = {"assay": "/healthz", "mlflow": "/health"}
PATIENCE = 120.0  # seconds until a server must answer
# How many times faster than the peer.
AIMS = {"one model": 5.0, "page of 100": 8.0}
PAGE_P95 = 300.0  # milliseconds


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    start: float  # seconds until it answered
    backends: Callable[[], list[int]]

    def spent(self) -> float:
        """Processor milliseconds of the server and of its sessions in the database so far."""
        return load.processor([*load.family(self.pid), *self.backends()])


def _remake(postgres: str, *names: str) -> None:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")


def _sessions(watch: psycopg.Connection, database: str) -> Callable[[], list[int]]:
    """Return what tells the process ids of the sessions in ``database``, when they run here."""
    asking = "SELECT pid FROM pg_stat_activity WHERE datname = %s"

    def pids() -> list[int]:
        found = [row[0] for row in watch.execute(asking, [database]).fetchall()]
        return [pid for pid in found if "postgres" in _program(pid)]

    return pids


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except FileNotFoundError:
        return ""


def _drop(postgres: str, *names: str) -> None:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _environment(postgres: str) -> dict[str, str]:
    """Production's settings, as a deployment behind a proxy has them."""
    ours = {
        "DATABASE_URL": f"{postgres}/{OURS}",
        "ASSAY_ENV": "production",
        "ASSAY_SECRET_KEY": secrets.token_urlsafe(64),
        "ASSAY_ALLOWED_HOSTS": "127.0.0.1",
        "ASSAY_BROKER_URL": "memory://",
        "ASSAY_VAR_DIR": str(peer.FOLDER / "assay"),
        "ASSAY_API_RATE": "100000000/min",
        "ASSAY_SIGNING_PASSPHRASE": secrets.token_urlsafe(16),
    }
    return {**os.environ, **ours}


def _world(asked: argparse.Namespace, environment: dict[str, str], port: int) -> dict:
    program = [sys.executable, str(ROOT / "benchmarks" / "pages_world.py")]
    options = ["--models", str(asked.models), "--port", str(port)]
    options += ["--reuse"] if asked.reuse else []
    done = subprocess.run(
        [*program, *options], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _peer_world(asked: argparse.Namespace) -> str:
    database = f"{asked.postgres}/{THEIRS}"
    peer.make_tables(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in peer.rows(asked.models, VERSIONS):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
    return database


@contextlib.contextmanager
def _served(
    name: str,
    command: list[str],
    environment: dict[str, str],
    port: int,
    backends: Callable[[], list[int]],
) -> Iterator[Server]:
    """Start a server, wait until it answers at all, and end it with all its children."""
    with socket.socket() as free:  # whoever answers there would be measured instead
        if free.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"Port {port} is taken; choose another with --port.")
    log = peer.FOLDER / f"{name}.log"
    begun = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, start_new_session=True, cwd=ROOT
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{HEALTH[name]}", log)
        yield Server(port, process.pid, time.perf_counter() - begun, backends)
    finally:
        members = load.family(process.pid)
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        for member in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen, address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{process.args} did not start:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def _both(asked: argparse.Namespace) -> Iterator[tuple[dict, dict[str, Server]]]:
    environment = _environment(asked.postgres)
    if not asked.reuse:
        _remake(asked.postgres, OURS, THEIRS)
    world = _world(asked, environment, asked.port)
    database = f"{asked.postgres}/{THEIRS}" if asked.reuse else _peer_world(asked)
    theirs = peer.command(database, asked.port + 1, 2, asked.peer_server)
    with contextlib.ExitStack() as stack:
        watch = stack.enter_context(psycopg.connect(f"{asked.postgres}/postgres", autocommit=True))
        ours = _served("assay", world["command"], environment, asked.port, _sessions(watch, OURS))
        other = _served(
            "mlflow",
            theirs,
            {**os.environ, **peer.ENVIRONMENT},
            asked.port + 1,
            _sessions(watch, THEIRS),
        )
        yield world, {"assay": stack.enter_context(ours), "mlflow": stack.enter_context(other)}
    if not (asked.keep or asked.reuse):
        _drop(asked.postgres, OURS, THEIRS)


Key = tuple[str, str, int]  # server, request, clients


def _plan(world: dict, models: int) -> dict[tuple[str, str], dict]:
    """Ours and theirs side by side, request by request."""
    paths = peer.requests(f"credit-model-{models:05d}")
    plan: dict[tuple[str, str], dict] = {}
    for name, request in world["requests"].items():
        plan["assay", name] = request
        if name in paths:
            plan["mlflow", name] = {"path": paths[name], "headers": {}}
    return plan


def _run(
    asked: argparse.Namespace, plan: dict, servers: dict[str, Server]
) -> dict[Key, load.Taken]:
    taken: dict[Key, load.Taken] = {}
    for number in range(asked.rounds + 1):
        for clients in (1, 8):
            for (server, name), request in plan.items():
                at = servers[server]
                makers = range(clients)
                open_ones = [
                    load.Connection(at.port, request["path"], request["headers"]) for _ in makers
                ]
                found = taken.setdefault((server, name, clients), load.Taken())
                if number == 0:  # warm: every thread has its connection to the database
                    load.measure(open_ones, asked.seconds / 2, 100, load.Taken(), at.spent)
                else:
                    load.measure(open_ones, asked.seconds, asked.requests, found, at.spent)
                for connection in open_ones:
                    connection.close()
    return taken


def _percentiles(latencies: list[float]) -> tuple[float, float]:
    cuts = quantiles(latencies, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _table(world: dict, taken: dict[Key, load.Taken]) -> Iterator[str]:
    yield (
        "| Request | Clients | Assay p50 / p95 ms | req/s | CPU ms | MLflow p50 / p95 ms | req/s "
        "| CPU ms | Ratio p50 | p95 | CPU | Queries |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (server, name, clients), ours in taken.items():
        if server != "assay":
            continue
        theirs = taken.get(("mlflow", name, clients))
        cells = [name, str(clients), *_cells(ours)]
        if theirs is None:
            cells += ["-"] * 6
        else:
            cells += [*_cells(theirs), *_ratios(ours, theirs)]
        yield "| " + " | ".join([*cells, str(world["requests"][name]["queries"])]) + " |"


def _cells(taken: load.Taken) -> list[str]:
    middle, high = _percentiles(taken.latencies)
    return [f"{middle:.1f} / {high:.1f}", f"{median(taken.rates):.0f}", f"{median(taken.cpu):.1f}"]


def _ratios(ours: load.Taken, theirs: load.Taken) -> list[str]:
    pairs = zip(_percentiles(theirs.latencies), _percentiles(ours.latencies), strict=True)
    ratios = [their / our for their, our in pairs] + [median(theirs.cpu) / median(ours.cpu)]
    return [f"{ratio:.1f} x" for ratio in ratios]


def _aims(taken: dict[Key, load.Taken]) -> Iterator[str]:
    for name, aim in AIMS.items():
        our, their = (_percentiles(taken[who, name, 1].latencies)[0] for who in ("assay", "mlflow"))
        word = "reached" if their / our >= aim else "missed"
        yield f"- {name}: {their / our:.1f} x faster than MLflow, aim {aim:g} x: {word}."
    high = max(_percentiles(taken["assay", "portfolio page", n].latencies)[1] for n in (1, 8))
    word = "reached" if high <= PAGE_P95 else "missed"
    yield f"- portfolio page: p95 {high:.0f} ms, aim {PAGE_P95:g} ms: {word}."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432")
    parser.add_argument("--port", type=int, default=8493, help="this one and the next")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="longest turn")
    parser.add_argument("--requests", type=int, default=400, help="most of a client in a turn")
    parser.add_argument("--peer-server", choices=("gunicorn", "uvicorn"), default="gunicorn")
    parser.add_argument("--quick", action="store_true", help="1,000 models, 3 short rounds")
    parser.add_argument("--keep", action="store_true", help="leave the databases")
    parser.add_argument("--reuse", action="store_true", help="take the databases that were kept")
    asked = parser.parse_args()
    if asked.quick:
        asked.models, asked.rounds, asked.seconds = min(asked.models, 1000), 3, 0.7
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    peer.FOLDER.mkdir(parents=True, exist_ok=True)
    version = peer.installed()
    with _both(asked) as (world, servers):
        taken = _run(asked, _plan(world, asked.models), servers)
        used = {name: (load.memory(server.pid), server.start) for name, server in servers.items()}
    print(
        f"MLflow {version} under {asked.peer_server}; Python {platform.python_version()};", end=" "
    )
    print(f"{os.cpu_count()} cores; {asked.models:,} models, {asked.models * VERSIONS:,} versions.")
    print("\n" + "\n".join(_table(world, taken)) + "\n")
    for name, (mebibytes, seconds) in used.items():
        print(f"- {name}: {mebibytes:.0f} MiB after the load, answers {seconds:.1f} s after start.")
    print("\n".join(_aims(taken)))


if __name__ == "__main__":
    main()
