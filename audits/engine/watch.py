"""Watching one job from outside: its lines, its host, the clock, and whether it is still wanted."""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from audits.engine.answers import Answer
from audits.engine.errors import EngineError
from audits.engine.job import Limits, receive

POLL_SECONDS = 0.2
CHUNK = 1 << 18
NEAR_LIMIT = 0.85


def watch(
    reading: int,
    control: socket.socket,
    answer: Answer,
    limits: Limits,
    deadline: float,
    should_stop: Callable[[], bool],
) -> dict[str, float]:
    """Feed the job's lines to ``answer`` until its host says that it ended.

    Returns what the host measured: ``forked`` and ``spent`` (seconds), ``peak`` (bytes). Raises
    ``EngineError`` after any other end; the caller then throws the host away.
    """
    os.set_blocking(reading, False)
    lines = _Lines(answer, limits.output_bytes)
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        selector.register(control, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select(_patience(deadline))}
            if reading in ready and not lines.take(reading):
                selector.unregister(reading)
            if control in ready:
                return _ended(control, reading, lines, limits)
            if should_stop():
                raise EngineError("The run was cancelled.", "cancelled")
            if time.monotonic() > deadline:
                raise EngineError("The run took longer than it may.", "timeout")


def _patience(deadline: float) -> float:
    return max(0.0, min(POLL_SECONDS, deadline - time.monotonic()))


class _Lines:
    """Splits bytes into lines and hands them on; more than the cap is refused."""

    def __init__(self, answer: Answer, most: int) -> None:
        self._answer = answer
        self._most = most
        self._seen = 0
        self._rest = bytearray()

    def take(self, reading: int) -> bool:
        """Read what is there; False at the end of the stream."""
        try:
            data = os.read(reading, CHUNK)
        except BlockingIOError:
            return True
        self._seen += len(data)
        if self._seen > self._most:
            raise EngineError("The run wrote more than it may.", "malformed-output")
        self._rest += data
        if b"\n" in data:
            *whole, last = bytes(self._rest).split(b"\n")
            self._rest = bytearray(last)
            for line in whole:
                self._answer.take(line)
        return bool(data)

    def finish(self, reading: int) -> None:
        """Read to the end: nobody is left to write, so this cannot wait."""
        while self.take(reading):
            if not _readable(reading):
                break
        if self._rest:
            raise EngineError("The run's output ends in the middle of a line.", "malformed-output")


def _readable(reading: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        return bool(selector.select(0))


def _ended(control: socket.socket, reading: int, lines: _Lines, limits: Limits) -> dict[str, float]:
    try:
        found = receive(control)
    except (OSError, ValueError, TypeError):
        found = None
    if found is None:
        raise EngineError("The engine's process was killed during the run.", "crashed")
    message = found[0]
    _judge(int(message["status"]), float(message["peak"]), limits)
    lines.finish(reading)
    if message["clean"] is not True:
        raise EngineError("The run left something behind; its result is not used.", "crashed")
    return {name: float(message[name]) for name in ("forked", "peak", "spent")}


def _judge(status: int, peak: float, limits: Limits) -> None:
    """Turn the child's exit into a reason; out of memory, a library aborts or is killed."""
    if status == 0:
        return
    if status == -signal.SIGXCPU:
        raise EngineError("The run used more processor time than it may.", "timeout")
    if status in (-signal.SIGABRT, -signal.SIGKILL) and peak > NEAR_LIMIT * limits.memory_bytes:
        raise EngineError("The run needed more memory than it may use.", "memory")
    if status == -signal.SIGXFSZ:
        raise EngineError("The run wrote a larger file than it may.", "crashed")
    if status < 0:
        raise EngineError(f"The run crashed ({_name(-status)}).", "crashed")
    raise EngineError(f"The run ended with exit status {status}.", "crashed")


def _name(number: int) -> Any:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
