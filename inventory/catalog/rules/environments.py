"""Reading a lock file: which packages, which versions, and whether each is bound by a hash."""

import re
from dataclasses import dataclass

from governance.kernel.errors import RuleBroken

MOST_PACKAGES = 5_000
LARGEST_LOCK = 4 * 1024 * 1024

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*(?P<version>[^\s;,#\\]+)"
)
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Package:
    """``hashed`` says whether installing it checks its bytes."""

    name: str
    version: str
    hashed: bool


def read_lock(text: str) -> tuple[Package, ...]:
    """Return the packages of a requirements file; raises ``RuleBroken`` naming the line.

    Every requirement must be pinned with ``==``: what is not pinned cannot be built again.
    """
    if "\x00" in text:
        raise _wrong("This is not a text file.")
    found = [_package(line, number) for number, line in _logical_lines(text)]
    packages = tuple(package for package in found if package is not None)
    if not packages:
        raise _wrong("The lock names no package; upload the output of pip freeze or pip-compile.")
    if len(packages) > MOST_PACKAGES:
        raise _wrong(f"The lock names {len(packages)} packages; at most {MOST_PACKAGES} are read.")
    return packages


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Join lines that end in a backslash; each keeps the number of its first line."""
    joined: list[tuple[int, str]] = []
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        parts.append(line.rstrip("\\").strip())
        if not line.rstrip().endswith("\\"):
            joined.append((begun, " ".join(parts)))
            begun, parts = 0, []
    return [*joined, (begun, " ".join(parts))] if parts else joined


def _package(line: str, number: int) -> Package | None:
    if not line or line.startswith(("#", "-i ", "--")):
        return None
    if pinned := _PIN.match(line):
        name, version = pinned["name"].lower(), pinned["version"]
        return Package(name, version, hashed="--hash=" in line)
    if _NAME.match(line):
        raise _wrong(f"Line {number} is not pinned with ==: {line[:80]}")
    raise _wrong(f"Line {number} cannot be read as a requirement: {line[:80]}")


def _wrong(message: str) -> RuleBroken:
    return RuleBroken("bad-lock", message, errors={"lock": [message]})
