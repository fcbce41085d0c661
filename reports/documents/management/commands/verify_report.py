"""Verify a report: ``manage.py verify_report FILE``."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.documents.verification import MAX_BYTES, Verification, verify_report

_MARKS = {True: "yes", False: "NO ", None: " ? "}


class Command(BaseCommand):
    help = "Verifies a sealed report. Exit status 0 only when it is authentic and current, else 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = verify_report(self._read(options["file"]))
        if options["json"]:
            self.stdout.write(json.dumps(found.facts(), indent=2))
        else:
            self._print(found)
        if not found.answer.accepted:
            sys.exit(1)

    def _read(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > MAX_BYTES:
                raise CommandError(f"{path} is larger than {MAX_BYTES // 2**20} MB; no report is.")
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def _print(self, found: Verification) -> None:
        facts = found.facts()
        self.stdout.write(f"{facts['headline']}. {facts['detail']}")
        self.stdout.write(f"  report {facts['report'] or 'unknown'}, SHA-256 {facts['sha256']}")
        for check in facts["checks"]:
            self.stdout.write(f"  [{_MARKS[check['passed']]}] {check['title']}: {check['why']}")
        if facts["development_key"]:
            self.stdout.write("  The seal was made with a development key: no proof of identity.")
