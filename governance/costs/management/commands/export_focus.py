"""Write a published month as FOCUS 1.3: ``manage.py export_focus --period 2026-01 --out FILE``.

Without ``--out`` the file goes to standard output, and what is said to standard error. Exit status:
0 the file sums to the run's imported lines, 2 it does not, 1 it could not be made.
"""

import datetime as dt
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import refusal
from governance.costs.exporting import Exported, export_month
from governance.costs.models import AllocationRun
from governance.kernel import money
from governance.kernel.errors import DomainError

_BROKEN = 2


class Command(BaseCommand):
    help = "Writes a published month as a FOCUS 1.3 file, one row for each charge of each line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, type=_month, metavar="YYYY-MM")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="standard output, unless given"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        said = self.stdout if options["out"] else self.stderr
        try:
            found = export_month(AllocationRun.objects.all(), options["period"], said.write)
        except DomainError as error:
            raise refusal(error) from error
        with found.file, _opened(options["out"]) as out:
            shutil.copyfileobj(found.file, out)
        for line in _summary(found):
            said.write(line)
        if not found.reconciles:
            sys.exit(_BROKEN)


def _opened(file: Path | None) -> AbstractContextManager[BinaryIO]:
    return file.open("wb") if file else nullcontext(sys.stdout.buffer)


def _summary(found: Exported) -> list[str]:
    lines = [f"{found.run.public_id}: {found.size} bytes"]
    for each in found.sums:
        billed, effective = (money.to_text(units) for units in each.imported)
        lines.append(
            f"{'holds' if each.holds else 'FAILS'}  {each.issuer} {each.currency}: "
            f"{each.rows} rows, billed {money.to_text(each.billed)} of {billed} imported, "
            f"effective {money.to_text(each.effective)} of {effective} imported"
        )
    return lines + [f"{batch} does not hold {', '.join(n)}" for batch, n in found.not_held.items()]


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise CommandError("--period takes a month such as 2026-01.") from error
