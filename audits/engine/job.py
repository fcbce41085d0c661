"""What goes into the sandbox and what comes out, as both sides of its wall know it."""

import json
import socket
import struct
from dataclasses import dataclass
from typing import Any

from audits.engine.outcome import Outcome
from audits.engine.plan import Plan

LENGTH = struct.Struct("!I")
MOST_FILES = 16
LARGEST_MESSAGE = 64 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Bytes and seconds; ``wall_seconds`` is kept by the parent's clock."""

    wall_seconds: float = 1800.0
    cpu_seconds: int = 3600
    memory_bytes: int = 4 << 30
    file_bytes: int = 256 << 20
    temporary_bytes: int = 512 << 20
    output_bytes: int = 64 << 20
    processes: int = 256
    files: int = 128


@dataclass(frozen=True, slots=True)
class Progress:
    """One check began (``outcome`` is None) or ended; ``index`` is its position in the plan."""

    index: int
    check: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """``peak_bytes`` is the largest resident memory, with what the warm host shares."""

    outcomes: tuple[Outcome, ...]
    isolation: str
    seconds: float
    peak_bytes: int


def run_order(plan: Plan) -> dict[str, Any]:
    return {"order": "run", "plan": plan.to_json()}


def inspect_order(what: str, format: str) -> dict[str, Any]:  # noqa: A002
    """``what`` is ``data`` or ``model``."""
    return {"order": f"inspect-{what}", "format": format}


def send(sock: socket.socket, message: dict[str, Any], files: list[int] | None = None) -> None:
    """Send a message, with open files beside it; the length goes ahead with them."""
    body = json.dumps(message, default=str).encode()
    socket.send_fds(sock, [LENGTH.pack(len(body))], files or [])
    sock.sendall(body)


def receive(sock: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return the next message and its files, or None at the end; ``ValueError`` when malformed."""
    head, files, _, _ = socket.recv_fds(sock, LENGTH.size, MOST_FILES)
    while head and len(head) < LENGTH.size:
        more = sock.recv(LENGTH.size - len(head))
        if not more:
            return None
        head += more
    if not head:
        return None
    size = LENGTH.unpack(head)[0]
    if size > LARGEST_MESSAGE:
        raise ValueError("message too long")
    body = bytearray()
    while len(body) < size:
        more = sock.recv(min(size - len(body), 1 << 20))
        if not more:
            return None
        body += more
    message = json.loads(bytes(body))
    if not isinstance(message, dict):
        raise TypeError("message is no object")
    return message, list(files)
