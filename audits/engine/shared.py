"""One warm host for each worker process, whoever in it needs the engine.

A host costs seconds to start and 400 MB; runs and inspections of one process take turns in it.
"""

import atexit
import os
from dataclasses import dataclass

from audits.engine.job import Limits
from audits.engine.sandbox import EngineHost


@dataclass(slots=True)
class _Kept:
    """A forked child inherits the value and must not talk through its parent's socket."""

    process: int = 0
    host: EngineHost | None = None


_kept = _Kept()


def shared_host(limits: Limits, *, allow_rlimits_only: bool) -> EngineHost:
    """Return this process' host, not yet started when new; the first caller's limits hold.

    Raises ``SandboxMissingError`` when isolation is demanded and cannot be had.
    """
    if _kept.host is None or _kept.process != os.getpid():
        _kept.host = EngineHost(limits, allow_rlimits_only=allow_rlimits_only)
        _kept.process = os.getpid()
        atexit.register(close_shared_host)
    return _kept.host


def close_shared_host() -> None:
    """End this process' host, if it has one; another process' host is left alone."""
    if _kept.host is not None and _kept.process == os.getpid():
        _kept.host.close()
        _kept.host = None
