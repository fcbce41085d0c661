"""The embedded broker between several processes."""

import multiprocessing
import queue
import time
from pathlib import Path

from kombu import Connection

from governance.kernel import filebroker

PRODUCERS, CONSUMERS, MESSAGES = 3, 3, 80


def _connection(folder: str) -> Connection:
    filebroker.install()
    places = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    return Connection("filesystem://", transport_options=places)


def _produce(folder: str, number: int) -> None:
    with _connection(folder) as connection, connection.SimpleQueue("work") as work:
        for step in range(MESSAGES):
            work.put({"id": f"{number}-{step}", "filling": "x" * 5000})


def _consume(folder: str, seen: "multiprocessing.Queue[str]") -> None:
    quiet_since = time.monotonic()
    with _connection(folder) as connection, connection.SimpleQueue("work") as work:
        while time.monotonic() - quiet_since < 3:
            try:
                message = work.get(block=False)
            except queue.Empty:
                time.sleep(0.001)
                continue
            message.ack()
            seen.put(message.payload["id"])
            quiet_since = time.monotonic()


def test_every_message_is_taken_once_and_whole_by_many_processes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    seen = context.Queue()
    folder = str(tmp_path)
    tasks = [context.Process(target=_consume, args=(folder, seen)) for _ in range(CONSUMERS)]
    tasks += [context.Process(target=_produce, args=(folder, n)) for n in range(PRODUCERS)]
    for task in tasks:
        task.start()
    taken = [seen.get(timeout=60) for _ in range(PRODUCERS * MESSAGES)]
    for task in tasks:
        task.join(60)
    assert all(task.exitcode == 0 for task in tasks)
    assert sorted(taken) == sorted(f"{p}-{m}" for p in range(PRODUCERS) for m in range(MESSAGES))
    assert seen.empty()


def test_an_address_without_a_host_is_no_cause_to_warn(tmp_path: Path, caplog) -> None:
    with _connection(str(tmp_path)) as connection:
        connection.ensure_connection()
        connection.info()
    assert caplog.messages == []
