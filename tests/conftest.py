"""What every test may ask for: a worker process, a real browser, and a database that empties.

Test data is built by `tests/factories`; where it is kept is decided in `tests/plugin.py`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
QUIET_BROWSER = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
# A machine may be slow; no test of ours is about how slow.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    """Cheap password hashing, static files from their sources, SQLite in a file for workers."""
    if not settings.configured:  # a run without Django: `-p no:django`
        return
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default.setdefault("TEST", {})["NAME"] = str(settings.VAR_DIR / "test.sqlite3")


def pytest_make_parametrize_id(val: object) -> str | None:
    """File contents hold the time of day, and every worker must call a test by the same name."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_triggers() -> Iterator[None]:
    """A transactional test empties its tables in the end; the ledger's triggers forbid that.

    By DELETE on PostgreSQL: TRUNCATE makes new files for every table and index, for a few rows.
    """
    if not settings.configured:
        yield
        return
    patch, operations = pytest.MonkeyPatch(), type(connection.ops)
    plain, listed = operations.execute_sql_flush, operations.sql_flush
    on_postgresql = connection.vendor == "postgresql"

    def statements(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        if not on_postgresql:
            return listed(self, style, tables, **options)
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]  # noqa: S608

    def flush(self: Any, sql_list: list[str]) -> None:
        if on_postgresql:
            off, on = ["SET session_replication_role = replica"], ["RESET session_replication_role"]
        else:
            off, on = _sqlite_triggers(self.connection)
        plain(self, [*off, *sql_list, *on])

    patch.setattr(operations, "sql_flush", statements)
    patch.setattr(operations, "execute_sql_flush", flush)
    yield
    patch.undo()


def _sqlite_triggers(on_connection: Any) -> tuple[list[str], list[str]]:
    with on_connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        rows = cursor.fetchall()
    return [f'DROP TRIGGER "{name}"' for name, _ in rows], [sql for _, sql in rows]


def _test_database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker in a process of its own, on this test's database and broker."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "governance.celery", "worker"]
    options = ["-l", "info", "-Q", "default,checks,reports,costs", "-c", "1", "--without-gossip"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *options, "--without-mingle", "-n", f"test-{os.getpid()}@%h"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": _test_database_url()},
            stdout=out,
            stderr=out,
        )
    _wait_until_ready(process, log)
    yield process
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while b" ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"The worker did not start:\n{log.read_text()}")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of the system; its driver keeps an event loop, which Django must tolerate.

    For one file only: while that loop runs, what runs a loop of its own (sealing) cannot.
    """
    program = next(path for path in CHROMIUM if Path(path).exists())
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        opened = driver.chromium.launch(executable_path=program, args=list(QUIET_BROWSER))
        yield opened
        opened.close()
    connections.close_all()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 1440 pixels wide; an error that the page itself raises fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened, raised = context.new_page(), []
    opened.on("pageerror", lambda error: raised.append(str(error)))
    yield opened
    context.close()
    assert raised == []
