"""Where checks are found: the built-in families, and third parties by entry point.

A family is a module under ``audits.engine.checks``; importing it registers its checks. Somebody
else's package names its module under the entry point group ``assay.checks`` and does the same.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from audits.engine.context import Context
from audits.engine.outcome import Outcome

FAMILIES = "audits.engine.checks"
GROUP = "assay.checks"

Check = Callable[[Context, Mapping[str, Any]], Outcome]


@dataclass(frozen=True, slots=True)
class Registered:
    """``roles`` names the data that the check needs before it can start."""

    id: str
    version: int
    title: str
    roles: tuple[str, ...]
    run: Check


class UnknownCheckError(LookupError):
    """The plan names a check that this installation does not have."""


_checks: dict[str, Registered] = {}


def check(
    id: str,  # noqa: A002 - reads as what it is: @check(id="drift.columns")
    *,
    title: str,
    version: int = 1,
    roles: tuple[str, ...] = ("reference", "current"),
) -> Callable[[Check], Check]:
    """Register the decorated function; two different checks under one id are an error."""

    def register(run: Check) -> Check:
        known = _checks.get(id)
        if known and (known.run.__module__, known.run.__qualname__) != (
            run.__module__,
            run.__qualname__,
        ):
            raise ValueError(f"check {id!r} is registered twice: {known.run.__module__}")
        _checks[id] = Registered(id, version, title, roles, run)
        return run

    return register


@cache
def load_checks() -> None:
    """Import the built-in families and the installed third-party ones, once per process."""
    package = importlib.import_module(FAMILIES)
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        importlib.import_module(f"{FAMILIES}.{module.name}")
    for point in sorted(entry_points(group=GROUP), key=lambda found: found.value):
        point.load()


def find(id: str) -> Registered:  # noqa: A002
    """Return the check; raises ``UnknownCheckError`` with the known ids."""
    load_checks()
    try:
        return _checks[id]
    except KeyError:
        known = ", ".join(sorted(_checks))
        raise UnknownCheckError(f"There is no check “{id}” here. Known: {known}.") from None


def known_checks() -> tuple[Registered, ...]:
    """Return all checks, sorted by id."""
    load_checks()
    return tuple(_checks[id] for id in sorted(_checks))  # noqa: A001
