"""The warm process: imports once, forks a child for each job, and cleans up behind it.

It listens as soon as it can open uploads, and imports what runs need while nobody asks.
Started by ``sandbox.EngineHost`` as ``python -m audits.engine.host`` inside bubblewrap. It parses
nothing that a stranger wrote: files pass through it as descriptors, only the child reads them.
"""

import argparse
import contextlib
import importlib
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audits.engine import jail
from audits.engine.job import Limits, receive, send
from audits.engine.rebuild import rebuild
from audits.engine.warm import light, warming

TMP = Path("/tmp")  # noqa: S108 - the sandbox' own, a fresh tmpfs
PARTING_SECONDS = 2.0


def main() -> None:
    options = _options()
    jail.die_with_parent()
    control = socket.socket(fileno=options.control)
    control.set_inheritable(False)
    isolated = _namespace() != options.outside and options.outside != 0
    limits = rebuild(Limits, json.loads(options.limits))
    if options.preload:
        light()
    for name in options.checks:
        importlib.import_module(name)
    jail.hide()
    wake = _wake_on_child()
    send(control, {"event": "ready", "isolated": isolated, "memory": _resident()})
    ahead = warming() if options.preload else iter(())
    _Host(control, wake, limits, ahead, isolated=isolated).serve()


class _Host:
    def __init__(
        self,
        control: socket.socket,
        wake: socket.socket,
        limits: Limits,
        ahead: Iterator[None],
        *,
        isolated: bool,
    ) -> None:
        self._control = control
        self._wake = wake
        self._limits = limits
        self._ahead = ahead
        self._isolated = isolated
        self._bound = bound_below(TMP) if isolated else frozenset()

    def serve(self) -> None:
        """Take one job after the other until the parent hangs up."""
        while True:
            self._warm_until_asked()
            message = receive(self._control)
            if message is None:
                return
            order, files = message
            if order["order"] == "warm":
                deque(self._ahead, maxlen=0)
                send(self._control, {"event": "warm", "memory": _resident()})
            elif not self._job(order, files):
                return

    def _warm_until_asked(self) -> None:
        for _ in self._ahead:
            if select.select([self._control], [], [], 0)[0]:
                return

    def _job(self, order: dict[str, Any], files: list[int]) -> bool:
        """Have a child do it, and say how that ended; False when it left something behind."""
        begun = time.perf_counter()
        child = os.fork()
        if child == 0:
            self._become_child(order, files)
        forked = time.perf_counter() - begun
        for file in files:
            os.close(file)
        status, used = self._wait(child)
        clean = self._clean_up()
        ended = {"event": "ended", "status": status, "forked": forked, "clean": clean}
        cost = {"peak": used.ru_maxrss * 1024, "spent": used.ru_utime + used.ru_stime}
        send(self._control, ended | cost)
        return clean

    def _become_child(self, order: dict[str, Any], files: list[int]) -> None:
        """Shut what is the host's, take on the limits, work, and leave without the host's exit."""
        status = 1
        try:
            jail.die_with_parent()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._wake.close()
            self._control.close()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(nowhere, standard)
            os.close(nowhere)
            jail.limit(self._limits, isolated=self._isolated)
            filtered = jail.filter_calls()
            if self._isolated and not filtered:
                os._exit(3)
            from audits.engine.child import work

            status = work(order, files)
        finally:
            os._exit(status)

    def _wait(self, child: int) -> tuple[int, Any]:
        """Return the child's exit code (minus the signal when killed) and what it used."""
        while True:
            found, status, used = os.wait4(child, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status), used
            ready, _, _ = select.select([self._control, self._wake], [], [])
            if self._wake in ready:
                self._wake.recv(64)
            if self._control in ready:  # the parent says nothing during a job: it hung up
                os.kill(child, signal.SIGKILL)
                sys.exit(0)

    def _clean_up(self) -> bool:
        """Leave no process and no file for the next job; False when that did not work."""
        if not self._isolated:
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        try:
            empty(TMP, self._bound)
        except OSError:
            return False
        return _alone()


def bound_below(folder: Path) -> frozenset[Path]:
    """Return what the wall bound below ``folder``, and the way there: a product may lie there."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    mounts = [Path(_unescaped(line.split()[4])) for line in lines]
    below = [place for place in mounts if folder in place.parents]
    return frozenset(place for mount in below for place in (mount, *mount.parents))


def _unescaped(name: str) -> str:
    """Return a name of that list as it is; blanks stand in it as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)


def empty(folder: Path, bound: frozenset[Path]) -> None:
    """Remove everything but what was bound; no job can add to that, it has no right to mount."""
    for entry in folder.iterdir():
        if entry in bound:
            if not entry.is_mount():
                empty(entry, bound)
        elif entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _alone() -> bool:
    """Wait until only the namespace's first process and the host are left."""
    until = time.monotonic() + PARTING_SECONDS
    mine = {"1", str(os.getpid())}
    while {entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()} - mine:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _wake_on_child() -> socket.socket:
    ours, signals = socket.socketpair()
    ours.setblocking(False)
    signals.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(signals.detach())
    return ours


def _namespace() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _resident() -> int:
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--outside", type=int, required=True, help="the parent's pid namespace")
    parser.add_argument("--limits", required=True, help="JSON")
    parser.add_argument("--checks", action="append", default=[])
    parser.add_argument("--preload", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
