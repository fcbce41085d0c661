"""Examining in a process of its own: a stranger's file cannot take this one's memory or time.

A few hundred kilobytes can unfold to gigabytes. The child has bounds on both; a file that breaks
them is answered like any other that cannot be read.
"""

import base64
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from governance.kernel.canonical import sha256_hex
from reports.signing.answer import Check, Examination
from reports.signing.examine import TITLES

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
MEBIBYTES, SECONDS = 1024, 30


def examine_pdf_isolated(
    data: bytes,
    roots: tuple[bytes, ...],
    *,
    expected_sha256: str = "",
    expected_content: str = "",
) -> Examination:
    """Return what ``examine_pdf`` returns, found out in a child within bounds; never raises."""
    job = {
        "data": base64.b64encode(data).decode(),
        "roots": [base64.b64encode(root).decode() for root in roots],
        "expected_sha256": expected_sha256,
        "expected_content": expected_content,
        "mebibytes": MEBIBYTES,
        "seconds": SECONDS,
    }
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, "-m", "reports.signing"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(job).encode(),
            cwd=ROOT,
            env=env,
            timeout=SECONDS * 2,
            capture_output=True,
            check=True,
        )
        return from_json(json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return unreadable(data)


def unreadable(data: bytes) -> Examination:
    """Return the examination of a file that could not be examined within the bounds."""
    why = "The file could not be read within the bounds of time and memory."
    check = Check("readable", TITLES["readable"], False, why)
    return Examination(sha256_hex(data), (check,), broken=True)


def to_json(examination: Examination) -> dict[str, Any]:
    return dataclasses.asdict(examination)


def from_json(body: dict[str, Any]) -> Examination:
    """Rebuild an ``Examination``; raises ``TypeError`` or ``KeyError`` when it is none."""
    return Examination(**{**body, "checks": tuple(Check(**check) for check in body["checks"])})
