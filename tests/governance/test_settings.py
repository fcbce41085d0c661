"""A wrong setting stops the start, with one sentence that names it."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from audits.engine import bubblewrap, shared
from audits.runs import tasks
from governance import settings as read

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s" * 50


@pytest.mark.parametrize(
    ("name", "value", "reader"),
    [
        ("ASSAY_DEBUG", "true", lambda: read._yes("ASSAY_DEBUG")),
        ("ASSAY_API_RATE", "fast", lambda: read._rate("ASSAY_API_RATE", "1/s")),
        ("ASSAY_API_RATE", "0/min", lambda: read._rate("ASSAY_API_RATE", "1/s")),
        ("ASSAY_API_RATE", "10/min\n", lambda: read._rate("ASSAY_API_RATE", "1/s")),
        ("ASSAY_TSA_URL", "tsa", lambda: read._optional_url("ASSAY_TSA_URL", ("http", "https"))),
        ("DATABASE_URL", "postgres://host", read._database),
        ("DATABASE_URL", "postgres://host/", read._database),
        ("DATABASE_URL", "mysql://host/name", read._database),
        ("ASSAY_STORAGE_URL", "s3://?region=eu", read._blob_storage),
        ("ASSAY_STORAGE_URL", "file://", read._blob_storage),
        ("ASSAY_RUN_LIMIT", "²", lambda: read._whole("ASSAY_RUN_LIMIT", 1800, 10, 6000)),
        ("ASSAY_BASE_URL", "https://", lambda: read._url("ASSAY_BASE_URL", "", ("https",))),
        ("DATABASE_URL", "postgres://somebody@host:port/assay", read._database),
        ("ASSAY_STORAGE_URL", "s3://[bucket", read._blob_storage),
        ("ASSAY_EMAIL_URL", "mail.example.org", read._email),
        ("ASSAY_EMAIL_URL", "smtp://host:port", read._email),
        ("ASSAY_VAR_DIR", "/dev/null/var", lambda: read._writable("ASSAY_VAR_DIR", ROOT)),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch, name, value, reader) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        reader()


def test_what_is_right_or_left_out_is_taken(monkeypatch, tmp_path) -> None:
    for name in ("ASSAY_DEBUG", "ASSAY_TSA_URL", "ASSAY_API_RATE"):
        monkeypatch.delenv(name, raising=False)
    assert read._yes("ASSAY_DEBUG") is False
    assert read._optional_url("ASSAY_TSA_URL", ("http",)) == ""
    assert read._rate("ASSAY_API_RATE", "6000/min") == "6000/min"
    several = "amqp://one:5672//;amqp://two:5672//"
    assert read._url("ASSAY_NOWHERE", several, ("amqp",)) == several
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@host/assay")
    assert read._database()["NAME"] == "assay"
    assert read._writable("ASSAY_NOWHERE", tmp_path / "new").is_dir()


def test_a_folder_left_blank_is_the_usual_one_and_not_where_one_happens_to_stand(
    monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("ASSAY_VAR_DIR", "")
    assert read._writable("ASSAY_VAR_DIR", tmp_path / "usual") == (tmp_path / "usual").resolve()


@pytest.mark.parametrize("given", ["", "short", "s" * 49])
def test_production_needs_a_long_secret(monkeypatch, given) -> None:
    monkeypatch.setattr(read, "PRODUCTION", True)
    monkeypatch.setenv("ASSAY_SECRET_KEY", given)
    with pytest.raises(ImproperlyConfigured, match="ASSAY_SECRET_KEY"):
        read._secret_key()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ASSAY_SANDBOX": "prefer"}, "ASSAY_SANDBOX"),
        ({"ASSAY_SECRET_KEY": "short"}, "ASSAY_SECRET_KEY"),
        ({"ASSAY_VAR_DIR": "/dev/null/var"}, "ASSAY_VAR_DIR"),
    ],
)
def test_the_command_line_ends_with_one_sentence(tmp_path, wrong, named) -> None:
    right = {
        "ASSAY_ENV": "production",
        "ASSAY_SECRET_KEY": SECRET,
        "ASSAY_ALLOWED_HOSTS": "assay.example.org",
        "ASSAY_VAR_DIR": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, **right, **wrong},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"assay: {named}")
    assert len(told.stderr.strip().splitlines()) == 1


@pytest.fixture
def no_sandbox(monkeypatch, settings) -> None:
    settings.ASSAY_SANDBOX = "require"
    monkeypatch.setattr(bubblewrap, "works", lambda: False)
    monkeypatch.setattr(shared._kept, "host", None)


def test_serve_does_not_start_where_a_required_sandbox_is_missing(no_sandbox) -> None:
    with pytest.raises(CommandError, match="bubblewrap"):
        call_command("serve")


@pytest.mark.parametrize(("queue", "stops"), [("checks", True), ("reports", False)])
def test_only_a_worker_for_checks_needs_the_sandbox(no_sandbox, monkeypatch, queue, stops) -> None:
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {queue: None})
    if not stops:
        tasks.refuse_without_sandbox()
        return
    with pytest.raises(SystemExit, match="bubblewrap"):
        tasks.refuse_without_sandbox()


def test_refusals_are_logged_without_a_trace_and_broken_seals_not_at_all() -> None:
    error = ValueError()
    caught = (ValueError, error, error.__traceback__)
    record = {
        level: logging.LogRecord("django.request", level, "", 0, "told", None, caught)
        for level in (logging.WARNING, logging.ERROR)
    }
    heard = logging.getLogger("django.request")
    assert all(heard.filter(one) for one in record.values())
    assert record[logging.WARNING].exc_info is None
    assert record[logging.ERROR].exc_info == caught
    for library in ("pyhanko.sign", "pyhanko_certvalidator"):
        assert not logging.getLogger(library).isEnabledFor(logging.ERROR)
