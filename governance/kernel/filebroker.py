"""Kombu's broker on the file system, made safe for several processes: the embedded default.

Kombu gives a message its final name before it has written it, so a consumer that looks in between
reads an empty file and its worker dies; the table of bindings has the same gap. Here a message
appears whole or not at all, and is taken by a rename, which only one consumer can win.
"""

import fcntl
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from kombu.transport import TRANSPORT_ALIASES, filesystem


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f".{name}.draft"
        draft.write_text(json.dumps(payload))
        draft.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002
        for waiting in sorted(Path(self.data_folder_in).glob(f"[0-9]*.{queue}.msg")):
            taken = waiting.with_name(f".{waiting.name}.taken")
            try:
                waiting.rename(taken)
            except FileNotFoundError:
                continue  # another consumer was faster
            message = json.loads(taken.read_text())
            taken.unlink()
            return message
        raise Empty

    def get_table(self, exchange: str) -> Any:
        with self._bindings():
            return super().get_table(exchange)  # type: ignore[no-untyped-call]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        with self._bindings():
            super()._queue_bind(  # type: ignore[no-untyped-call]
                exchange, routing_key, pattern, queue
            )

    @contextmanager
    def _bindings(self) -> Iterator[None]:
        with (Path(self.control_folder) / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel
    # There is no host, and kombu would warn at each start that none was named.
    default_connection_params: ClassVar[dict[str, Any]] = {}


def install() -> None:
    """Let ``filesystem://`` mean this transport, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
