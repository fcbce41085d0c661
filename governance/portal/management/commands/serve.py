"""Web, workers and scheduler of a small installation, in one command that ends them all."""

import os
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from signal import SIGQUIT, SIGTERM
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from audits.engine.errors import SandboxMissingError
from governance.kernel.actor import Via, system_actor
from governance.policies import commands as policies
from governance.portal.management.processes import Group, Program
from inventory.catalog.inspection import require_sandbox

CELERY = (sys.executable, "-m", "celery", "--app", "governance.celery", "--quiet")


class Command(BaseCommand):
    help = "Runs web, workers and scheduler together until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--web", type=int, default=2, help="web processes")
        parser.add_argument(
            "--checks", type=int, default=os.cpu_count() or 1, help="audits at a time"
        )
        parser.add_argument("--no-beat", action="store_true", help="without the scheduler")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            require_sandbox()
        except SandboxMissingError as error:
            raise CommandError(str(error)) from error
        _require_free(options["host"], options["port"])
        _bring_up_to_date()
        address = f"{options['host']}:{options['port']}"
        programs = [
            _web(address, options["web"]),
            _worker("default", 1),
            _worker("checks", options["checks"]),
            _worker("reports", 1),
            _worker("costs", 1),
        ]
        if not options["no_beat"]:
            programs.append(_beat())
        self.stdout.write(f"Assay answers at http://{address} (stop with Ctrl-C).")
        sys.exit(Group(programs, sys.stdout).run())


def _require_free(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            return
    except OSError as error:
        raise CommandError(f"{host}:{port} cannot be listened on: {error.strerror}.") from error


def _bring_up_to_date() -> None:
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    policies.ensure_default_policy(actor=system_actor(Via.COMMAND))
    connections.close_all()
    if _static_files_are_old():
        call_command("collectstatic", interactive=False, verbosity=0)


def _static_files_are_old() -> bool:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    return any(
        Path(storage.path(name)).stat().st_mtime > made
        for finder in get_finders()
        for name, storage in finder.list([])
    )


def _web(address: str, processes: int) -> Program:
    """Threads, because a slow upload must not make the arbiter think that a process hangs."""
    command = (sys.executable, "-m", "gunicorn", "governance.wsgi:application")
    workers = ("--workers", str(processes), "--worker-class", "gthread", "--threads", "4")
    quiet = ("--graceful-timeout", "10", "--log-level", "warning", "--no-control-socket")
    return Program("web", (*command, "--bind", address, *workers, *quiet), SIGQUIT)


def _worker(queue: str, processes: int) -> Program:
    """One for each queue: what follows an event never waits on an audit, nor does a report."""
    options = ("--queues", queue, "--concurrency", str(processes), "--hostname", f"{queue}@%h")
    chatter = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "info")
    return Program(queue, (*CELERY, "worker", *options, *chatter), SIGQUIT)


def _beat() -> Program:
    return Program("beat", (*CELERY, "beat", "--loglevel", "warning", "--pidfile", ""), SIGTERM)
