"""Recompute the ledger: ``manage.py verify_ledger``. Exit status 0 when whole, 1 when not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from governance.ledger.verification import verify_ledger


class Command(BaseCommand):
    help = (
        "Recomputes every entry of the ledger. Exit status 0: whole; 1: not, with the first fault."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = verify_ledger(self._progress)
        if found.whole:
            self.stdout.write(f"whole: {found.entries} entries, head {found.head}")
            return
        self.stderr.write(f"NOT WHOLE: entry {found.bad_seq}: {found.reason}")
        self.stderr.write(f"{found.entries} entries before it hold.")
        sys.exit(1)

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"  {done} of {total} entries")
