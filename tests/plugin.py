"""Chooses where a test run keeps its data, before Django reads its settings.

- By default: a throw-away PostgreSQL and Redis, started here and gone when the run ends.
- `ASSAY_TEST_DATABASE_URL` and `ASSAY_TEST_REDIS_URL` (or `DATABASE_URL` and `REDIS_URL`) name
  servers to use instead; tests run in a database of their own there, `test_…`.
- `ASSAY_TEST_EMBEDDED=1`: SQLite and the broker on the file system, as a small installation has.

Each xdist worker has its own `var/` folder and its own Redis database.
"""

import atexit
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services

FOLDER = "ASSAY_TEST_FOLDER"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _prepare_run()
    _take_own_corner(worker or "main")
    return (yield)


def _prepare_run() -> None:
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    if os.environ.get("ASSAY_TEST_EMBEDDED") == "1":
        for name in ("DATABASE_URL", "ASSAY_BROKER_URL"):
            os.environ.pop(name, None)
        folder = Path(tempfile.mkdtemp(prefix="assay-tests-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
    else:
        folder = _choose_servers(stack)
    os.environ[FOLDER] = str(folder)


def _choose_servers(stack: contextlib.ExitStack) -> Path:
    database = os.environ.get("ASSAY_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    redis = os.environ.get("ASSAY_TEST_REDIS_URL") or os.environ.get("REDIS_URL")
    if database and redis:
        folder = Path(tempfile.mkdtemp(prefix="assay-tests-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
    else:
        started = stack.enter_context(services.running())
        folder = started.folder / "runs"
        folder.mkdir()
        database, redis = database or started.database_url, redis or started.redis_url
    os.environ["DATABASE_URL"] = database
    os.environ["ASSAY_BROKER_URL"] = redis
    return folder


def _take_own_corner(worker: str) -> None:
    corner = Path(os.environ[FOLDER]) / worker
    (corner / "static").mkdir(parents=True, exist_ok=True)
    os.environ["ASSAY_VAR_DIR"] = str(corner)
    os.environ["ASSAY_ENV"] = "development"
    number = re.fullmatch(r"gw(\d+)", worker)
    if number and "ASSAY_BROKER_URL" in os.environ:
        shared, slash, first = os.environ["ASSAY_BROKER_URL"].rpartition("/")
        own = int(first or 0) + int(number[1]) + 1
        os.environ["ASSAY_BROKER_URL"] = f"{shared}{slash}{own}"
