"""The load: keep-alive clients on plain sockets, so that the client costs next to nothing."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

_TICK = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Taken:
    """Latencies in milliseconds, requests a second of each round, processor time a request."""

    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


class Connection:
    """HTTP/1.1 with keep-alive; opens anew when the server closes."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "X-Forwarded-Proto: https"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._asking = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self) -> int:
        """Return the number of the answer's bytes; raises when it is not 200."""
        for _ in range(2):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._socket.sendall(self._asking)
                return self._read()
            except (BrokenPipeError, ConnectionResetError):
                self.close()
        raise ConnectionError(f"port {self._port} closes every connection")

    def _read(self) -> int:
        got = self._more(b"")
        while (end := got.find(b"\r\n\r\n")) < 0:
            got = self._more(got)
        head = got[:end].lower()
        if not head.split(b"\r\n", 1)[0].endswith(b"200 ok"):
            raise RuntimeError(f"answered {got[:600]!r}")
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        missing = end + 4 + length - len(got)
        while missing > 0:
            missing -= len(self._more(b""))
        if b"connection: close" in head:
            self.close()
        return length

    def _more(self, got: bytes) -> bytes:
        assert self._socket  # noqa: S101
        part = self._socket.recv(262_144)
        if not part:
            raise ConnectionResetError
        return got + part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def measure(
    connections: list[Connection],
    seconds: float,
    most: int,
    taken: Taken,
    spending: Callable[[], float],
) -> None:
    """Let every client ask in a loop until ``seconds`` or ``most`` requests each are over.

    ``spending`` tells the processor milliseconds that the asked side has spent so far.
    """
    found: list[list[float]] = [[] for _ in connections]
    end = time.perf_counter() + seconds

    def client(connection: Connection, latencies: list[float]) -> None:
        while not latencies or (len(latencies) < most and time.perf_counter() < end):
            begun = time.perf_counter()
            connection.ask()
            latencies.append((time.perf_counter() - begun) * 1000)

    spent, begun = spending(), time.perf_counter()
    threads = [
        threading.Thread(target=client, args=pair) for pair in zip(connections, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, count = time.perf_counter() - begun, sum(map(len, found))
    taken.rates.append(count / wall)
    taken.cpu.append((spending() - spent) / count)
    taken.latencies += [latency for latencies in found for latency in latencies]


def family(pid: int) -> list[int]:
    """Return a process and everything it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        found = [int(child) for child in children.read_text().split()]
    except FileNotFoundError:
        return []
    return [pid, *(grand for child in found for grand in family(child))]


def processor(members: Iterable[int]) -> float:
    """Return the milliseconds of processor time that processes spent so far."""
    ticks = 0
    for member in members:
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks * _TICK


def memory(pid: int) -> float:
    """Return a family's memory in MiB, shared pages divided among those who share them."""
    total = 0
    for member in family(pid):
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
