# ruff: noqa: BLE001, PTH102, PTH123, PTH208, S108, S606, SIM115 - it attacks as an attacker would
"""Checks for the engine's own tests: honest ones, broken ones and hostile ones."""

import ctypes
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audits.engine.context import Context
from audits.engine.outcome import Measure, Outcome, Verdict
from audits.engine.registry import check


def told(name: str, *notes: str, verdict: Verdict = Verdict.PASS) -> Outcome:
    return Outcome(f"probe.{name}", 1, verdict, name, notes=notes)


@check(id="probe.numbers", title="Numbers from everything that is shared")
def numbers(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Touches scores, labels, contributions and chance, so that its digest rests on all of them."""
    found = context.contributions("current", context.sample("current", 50))
    measures = (
        Measure("score", float(context.scores("current").mean())),
        Measure("label", float(context.labels("reference").mean())),
        Measure("contribution", float(abs(found.values).sum())),
        Measure("chance", float(context.rng("a").random())),
    )
    return Outcome("probe.numbers", 1, Verdict.PASS, "numbers", measures=measures)


@check(id="probe.data", title="Needs no model")
def data(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    return told("data", str(len(context.frame("reference"))))


@check(id="probe.raises", title="Breaks")
def raises(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    raise RuntimeError(f"no luck with {object()}")


@check(id="probe.nan", title="Gives a number that is none")
def nan(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    return Outcome("probe.nan", 1, Verdict.PASS, "", measures=(Measure("m", float("nan")),))


@check(id="probe.disguised", title="Reports under another name", roles=())
def disguised(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    return told("data")


@check(id="probe.look", title="Looks around", roles=())
def look(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Tries each named thing and notes what came of it."""
    return told("look", *(f"{name}: {_tried(ATTEMPTS[name])}" for name in parameters["try"]))


@check(id="probe.leave", title="Leaves something behind", roles=())
def leave(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    left = sorted(os.listdir("/tmp")) if Path("/tmp").exists() else []
    with open("/tmp/left-behind", "x") as file:
        file.write("secret")
    os.mkdir("/tmp/folder")
    return told("leave", *left)


@check(id="probe.hog", title="Takes memory", roles=())
def hog(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    kept = []
    while True:
        kept.append(b"x" * (64 << 20))


@check(id="probe.loop", title="Never ends", roles=())
def loop(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    while True:
        pass


@check(id="probe.shout", title="Writes too much", roles=())
def shout(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    return Outcome("probe.shout", 1, Verdict.PASS, "x" * 10_000, notes=("y" * 10_000,) * 10_000)


@check(id="probe.speak", title="Writes what it was told straight to the parent", roles=())
def speak(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, parameters["line"].encode())
        except OSError:
            continue
    return told("speak")


@check(id="probe.die", title="Ends its process", roles=())
def die(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    if parameters["how"] == "crash":
        ctypes.string_at(0)
    elif parameters["how"] == "exit":
        os._exit(0)
    else:
        os.kill(os.getpid(), signal.SIGKILL)
    return told("die")


@check(id="probe.thread", title="Starts a thread", roles=())
def thread(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    seen: list[int] = []
    worker = threading.Thread(target=lambda: seen.append(1))
    worker.start()
    worker.join()
    return told("thread", str(len(seen)))


def _fork() -> str:
    if os.fork() == 0:
        os._exit(0)
    return "forked"


def _reopen() -> str:
    """Open each file that this process was given once more, for writing."""
    for descriptor in range(3, 40):
        try:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        except OSError:
            continue
        if regular:
            with open(f"/proc/self/fd/{descriptor}", "r+b") as file:
                file.write(b"spoilt")
            return "written"
    return "not found"


def _change_mode() -> str:
    for descriptor in range(3, 40):
        try:
            os.fchmod(descriptor, 0o777)
        except PermissionError:
            raise
        except OSError:
            continue
        return "changed"
    return "not found"


def _connect() -> str:
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", 1))
    return "connected"


def _write(path: str) -> str:
    with open(path, "x") as file:
        file.write("x")
    return "written"


ATTEMPTS = {
    "passwd": lambda: Path("/etc/passwd").read_text()[:20],
    "home": lambda: str(os.listdir("/home")),
    "environment": lambda: str(sorted(set(os.environ) & {"PATH", "SECRET_KEY", "DATABASE_URL"})),
    "user": lambda: str(os.getuid()),
    "connect": _connect,
    "fork": _fork,
    "execute": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "write to root": lambda: _write("/x"),
    "write to code": lambda: _write("/assay/audits/engine/x.py"),
    "write to dev": lambda: _write("/dev/shm/x"),
    "write to tmp": lambda: _write("/tmp/x"),
    "reopen": _reopen,
    "change mode": _change_mode,
    "kill host": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "read host": lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1).hex(),
    "processes": lambda: str(sum(name.isdigit() for name in os.listdir("/proc"))),
}


def _tried(attempt: Any) -> str:
    try:
        return str(attempt())
    except Exception as error:
        return type(error).__name__
