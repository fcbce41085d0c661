"""Several programs as one: started together, ended together, none left behind.

Whoever dies first takes the others along. A child asks the kernel (`PR_SET_PDEATHSIG`) for its own
stop signal in case this process is killed outright, so that not even SIGKILL leaves an orphan.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

PR_SET_PDEATHSIG = 1
PATIENCE = 20.0  # seconds from the polite signal to SIGKILL


@dataclass(frozen=True)
class Program:
    """One child: `stop` is the signal on which it ends quickly and cleanly."""

    name: str
    command: tuple[str, ...]
    stop: signal.Signals


class Group:
    """Runs programs until one of them ends or this process is told to stop."""

    def __init__(self, programs: Sequence[Program], out: IO[str]) -> None:
        self._programs = programs
        self._out = out
        self._width = max(len(program.name) for program in programs)
        self._children: dict[Program, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._told: signal.Signals | None = None

    def run(self) -> int:
        """Blocks; returns 0 when told to stop, else 1: a program ended by itself."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)
        try:
            for program in self._programs:
                self._start(program)
            self._read()
            ended = self._wait()
        finally:
            self._stop()
        if ended is not None:
            self._say(ended.name, f"ended with status {self._children[ended].returncode}")
        return 0 if ended is None else 1

    def _remember(self, number: int, _frame: object) -> None:
        self._told = signal.Signals(number)

    def _start(self, program: Program) -> None:
        child = subprocess.Popen(
            program.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,  # Ctrl-C reaches this process alone, which then ends the others
            preexec_fn=_end_with_parent(program.stop, os.getpid()),  # noqa: PLW1509 (no threads yet)
        )
        self._children[program] = child

    def _read(self) -> None:
        """Threads, hence only after the last fork."""
        for program, child in self._children.items():
            reader = threading.Thread(target=self._copy_lines, args=(program.name, child.stdout))
            reader.start()
            self._readers.append(reader)

    def _copy_lines(self, name: str, lines: IO[str]) -> None:
        for line in lines:
            self._say(name, line.rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        self._out.write(f"{name:<{self._width}} | {line}\n")
        self._out.flush()

    def _wait(self) -> Program | None:
        while self._told is None:
            for program, child in self._children.items():
                if child.poll() is not None:
                    return program
            time.sleep(0.2)
        return None

    def _stop(self) -> None:
        for program, child in self._children.items():
            if child.poll() is None:
                child.send_signal(program.stop)
        deadline = time.monotonic() + PATIENCE
        for child in self._children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0.0, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for reader in self._readers:
            reader.join(timeout=5)


def _end_with_parent(number: signal.Signals, parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes the program; Linux only, elsewhere nothing."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # died between fork and the request
            os._exit(1)

    return ask
