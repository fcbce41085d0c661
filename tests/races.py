"""Several acts at the same moment, with real threads, connections and row locks."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection

from governance.kernel.errors import DomainError

_PATIENCE = 60  # seconds after which acts are taken to wait for each other


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run every act in a thread of its own, all let go together; return values or domain errors.

    What else is raised, such as a deadlock that the database broke, is raised here.
    """
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[number] = act()
        except Exception as error:  # noqa: BLE001 - looked at below
            results[number] = error
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=_PATIENCE)
        assert not thread.is_alive(), "they wait for each other"
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, DomainError):
            raise result
    return results
