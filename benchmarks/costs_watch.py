"""What work in a forked process spends: its own processor time, PostgreSQL's, and memory."""

import contextlib
import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20
_BETWEEN = 0.05  # seconds between two looks at memory
_TOLD = 5.0  # seconds from which on a stage is told as it ends


class TooSlowError(Exception):
    """The work was ended, as it took longer than it was given."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of wall and processor; the peak is the resident memory, in MiB, of the process and
    all that it started.
    """

    wall: float
    own: float
    postgres: float
    peak: float
    told: Any = None

    @property
    def cpu(self) -> float:
        return self.own + self.postgres


@dataclass(slots=True)
class Stages:
    """Time by stage. A stage inside another one is taken out of the outer one."""

    postmaster: int
    spent: dict[str, list[float]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _since: tuple[float, float] = (0.0, 0.0)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._charge()
        self._open.append(name)
        begun = self._since[0]
        try:
            yield
        finally:
            self._charge()
            self._open.pop()
            if (took := self._since[0] - begun) > _TOLD:
                print(f"  {name}: {took:.0f} s", file=sys.stderr, flush=True)

    def watch(self, owner: ModuleType | type, function: str, name: str) -> None:
        """Let every call of ``owner.function`` count as the stage ``name``."""
        found = getattr(owner, function)

        @functools.wraps(found)
        def watched(*args: Any, **named: Any) -> Any:
            with self.stage(name):
                return found(*args, **named)

        setattr(owner, function, watched)

    def _charge(self) -> None:
        now = (time.perf_counter(), time.process_time() + cluster(self.postmaster))
        if self._open:
            told = self.spent.setdefault(self._open[-1], [0.0, 0.0])
            told[0] += now[0] - self._since[0]
            told[1] += now[1] - self._since[1]
        self._since = now


def forked(work: Callable[[], Any], postmaster: int, limit: float) -> Spent:
    """Do ``work`` in a child of this warm process; what it returns must be fit for JSON."""
    begun, before = time.perf_counter(), cluster(postmaster)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _do(work, write)
    os.close(write)
    try:
        ended, peak = _watched(child, begun + limit)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.wait4(child, 0)
        raise
    wall = time.perf_counter() - begun
    with os.fdopen(read) as pipe:
        told = pipe.read()
    if ended[1] != 0:
        raise RuntimeError("the work failed; the reason stands above")
    own = ended[2].ru_utime + ended[2].ru_stime
    return Spent(wall, own, cluster(postmaster) - before, peak, json.loads(told))


def _watched(child: int, until: float) -> tuple[Any, float]:
    """Wait for the end of ``child``; return what the system says of it, and its peak in MiB."""
    peak = 0.0
    while (ended := os.wait4(child, os.WNOHANG))[0] == 0:
        peak = max(peak, _resident(child))
        if time.perf_counter() > until:
            raise TooSlowError("The work took longer than its limit and was ended.")
        time.sleep(_BETWEEN)
    return ended, peak


def _do(work: Callable[[], Any], write: int) -> None:
    code = 1
    try:
        told = json.dumps(work())
        with os.fdopen(write, "w") as pipe:
            pipe.write(told)
        code = 0
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def cluster(postmaster: int) -> float:
    """Return the processor seconds of a PostgreSQL server so far, ended sessions included."""
    return sum(map(_processor, [postmaster, *_children(postmaster)]))


def _processor(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) * _TICK


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _resident(pid: int) -> float:
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0.0
    return own + sum(map(_resident, _children(pid)))
