"""The parent's side of the sandbox: a warm host behind a wall, a forked child for each job.

What comes back is bytes from a process that ran a stranger's model. It is capped while it is read,
checked field by field, and must tell the plan's own story; otherwise the job has failed.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from audits.engine import bubblewrap
from audits.engine.answers import Answer, RunAnswer, single
from audits.engine.errors import EngineError, SandboxMissingError
from audits.engine.frames import FrameProfile
from audits.engine.job import Limits, Progress, Results, inspect_order, receive, run_order, send
from audits.engine.models.base import ModelFacts
from audits.engine.plan import Plan
from audits.engine.watch import watch

BUBBLEWRAP = "bubblewrap"
RLIMITS_ONLY = "rlimits only"
START_SECONDS = 180.0
INSPECT_SECONDS = 120.0

File = int | Path  # an open descriptor, or a path that this process may read


def _nothing(_: Progress) -> None: ...


def _never() -> bool:
    return False


class EngineHost:
    """A warm engine process. Start one per worker process, after the worker has forked.

    ``allow_rlimits_only`` lets it run on machines without bubblewrap; ``isolation`` then says
    ``"rlimits only"`` and belongs into the run and its report. ``extra_checks`` are modules that
    register further checks. Without ``preload`` the host starts in a second and each run pays for
    its own imports, which suits a few runs a day. One job at a time; a second caller waits. Keep
    it in the thread that started it: the host dies with that thread.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        allow_rlimits_only: bool = False,
        extra_checks: Sequence[str] = (),
        preload: bool = True,
    ) -> None:
        self.limits = limits or Limits()
        self.isolation = BUBBLEWRAP if bubblewrap.works() else RLIMITS_ONLY
        if self.isolation == RLIMITS_ONLY and not allow_rlimits_only:
            raise SandboxMissingError(
                "Checks need bubblewrap (package bubblewrap, command bwrap) and user namespaces to "
                "shut hostile files in; this machine offers neither of them or forbids it."
            )
        self._extra = tuple(extra_checks)
        self._preload = preload
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = self.warm = False
        self._log: IO[bytes] | None = None
        self._busy = threading.Lock()
        self.starts = 0
        self.last: dict[str, float] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the host and wait until it is warm (seconds); does nothing when it is."""
        self._listening()
        if self._preload and not self.warm and self._control is not None:
            with suppress(OSError):
                send(self._control, {"order": "warm"})
            self._hear("warm")
            self.warm = True

    def prepare(self) -> None:
        """Start the host and do not wait: it warms up while nobody asks for anything."""
        if self._process is None or self._process.poll() is not None:
            self._spawn()

    def close(self) -> None:
        with self._busy:
            self._discard()

    def run(
        self,
        plan: Plan,
        data: Mapping[str, File],
        model: File | None = None,
        *,
        on_progress: Callable[[Progress], None] = _nothing,
        should_stop: Callable[[], bool] = _never,
    ) -> Results:
        """Carry out the plan's checks; files are given by role, each is read from its beginning.

        ``on_progress`` is told of each check as it begins and ends. ``should_stop`` is asked
        several times a second. Raises ``EngineError``: timeout, memory, crashed, cancelled or
        malformed-output. An ``Outcome`` with verdict ``error`` is a result, not an exception.
        """
        answer = RunAnswer(plan, on_progress)
        files = dict(data) | ({"model": model} if model is not None else {})
        order = run_order(plan) | {"names": list(files)}
        begun = time.perf_counter()
        self._carry_out(order, list(files.values()), answer, self.limits.wall_seconds, should_stop)
        seconds = time.perf_counter() - begun
        return Results(answer.outcomes(), self.isolation, seconds, int(self.last["peak"]))

    def inspect_data(self, file: File, format: str) -> FrameProfile:  # noqa: A002
        """Return rows and columns of a data file; raises ``DataError`` or ``EngineError``."""
        answer = single(FrameProfile, "profile")
        self._carry_out(inspect_order("data", format), [file], answer, INSPECT_SECONDS, _never)
        return answer.value()

    def inspect_model(self, file: File, format: str) -> ModelFacts:  # noqa: A002
        """Return what an artifact says about itself; raises ``ModelError`` or ``EngineError``."""
        answer = single(ModelFacts, "facts")
        self._carry_out(inspect_order("model", format), [file], answer, INSPECT_SECONDS, _never)
        return answer.value()

    def log_tail(self, size: int = 4000) -> str:
        """Return the end of what the host itself printed, for the operator."""
        if self._log is None:
            return ""
        end = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, end - size))
        return self._log.read(size).decode(errors="replace")

    def _carry_out(
        self,
        order: dict[str, Any],
        files: list[File],
        answer: Answer,
        seconds: float,
        should_stop: Callable[[], bool],
    ) -> None:
        with self._busy:
            self.start() if order["order"] == "run" else self._listening()
            try:
                self._exchange(order, files, answer, seconds, should_stop)
            except BaseException:
                self._discard()
                with suppress(OSError):
                    self._spawn()
                raise
        answer.check()

    def _exchange(
        self,
        order: dict[str, Any],
        files: list[File],
        answer: Answer,
        seconds: float,
        should_stop: Callable[[], bool],
    ) -> None:
        control = self._control
        if control is None:
            raise EngineError("The engine could not be started.", "crashed")
        reading, writing = os.pipe()
        try:
            with _opened(files) as opened:
                try:
                    send(control, order, [writing, *opened])
                except OSError as error:
                    raise EngineError(
                        "The engine ended before the run began.", "crashed"
                    ) from error
                finally:
                    os.close(writing)
            deadline = time.monotonic() + seconds
            self.last = watch(reading, control, answer, self.limits, deadline, should_stop)
        finally:
            os.close(reading)

    def _spawn(self) -> None:
        self._discard()
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the host
        try:
            self._process = self._popen(theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._control = ours
        self.starts += 1

    def _popen(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-s", "-m", "audits.engine.host"]
        program += ["--control", str(theirs.fileno()), "--outside", str(self._namespace())]
        program += ["--limits", json.dumps(asdict(self.limits))]
        program += [f"--checks={name}" for name in self._extra]
        program += ["--preload"] if self._preload else []
        environment: dict[str, str] = {}
        if self.isolation == BUBBLEWRAP:
            packages = sorted({name.split(".")[0] for name in self._extra})
            program = bubblewrap.command(self.limits, packages) + program
        else:
            roots = {str(bubblewrap.package_root(name).parent) for name in ("audits", "governance")}
            environment = bubblewrap.ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(sorted(roots))}
        return subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )

    def _namespace(self) -> int:
        """Return this process' pid namespace: a host that finds itself in another is isolated."""
        if self.isolation != BUBBLEWRAP:
            return 0
        return Path("/proc/self/ns/pid").stat().st_ino

    def _listening(self) -> None:
        """Start the host and wait until it can open an upload, long before it is warm."""
        self.prepare()
        if self._ready:
            return
        found = self._hear("ready")
        if self.isolation == BUBBLEWRAP and found.get("isolated") is not True:
            self._discard()
            raise EngineError("The engine's host is not isolated as it should be.", "crashed")
        self._ready = True

    def _hear(self, event: str) -> dict[str, Any]:
        """Return what the host says next, which must be ``event``."""
        found = None
        with suppress(OSError, ValueError, TypeError):
            if self._control is not None:
                self._control.settimeout(START_SECONDS)
                found = receive(self._control)
                self._control.settimeout(None)
        if found is None or found[0].get("event") != event:
            tail = self.log_tail()
            self._discard()
            raise EngineError(f"The engine could not be started. {tail[-600:]}".strip(), "crashed")
        return found[0]

    def _discard(self) -> None:
        """Kill the host with everything in its namespace or process group."""
        process, control, log = self._process, self._control, self._log
        self._process = self._control = self._log = None
        self._ready = self.warm = False
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if control is not None:
            control.close()
        if log is not None:
            log.close()


@contextmanager
def _opened(files: list[File]) -> Any:
    """Open paths read-only; pass descriptors on as they are, from their beginning."""
    own: list[int] = []
    try:
        opened = []
        for file in files:
            if isinstance(file, int):
                os.lseek(file, 0, os.SEEK_SET)
                opened.append(file)
            else:
                own.append(os.open(file, os.O_RDONLY | os.O_CLOEXEC))
                opened.append(own[-1])
        yield opened
    finally:
        for descriptor in own:
            os.close(descriptor)
