"""Take a signed report away: ``manage.py download_report RPT-00001 --to FILE --as EMAIL``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.kernel.errors import DomainError
from reports.documents import commands as documents
from reports.documents import files
from reports.documents.management.shared import report_of


class Command(BaseCommand):
    help = "Writes an issued report to a new file; who took it away is on record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("report", help="its number (RPT-00001) or its id")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        actor, target = actor_of(person_of(options["email"])), options["to"]
        report = report_of(actor, options["report"])
        if target.exists():
            raise CommandError(f"{target} is there already; nothing was written.")
        try:
            documents.record_download(actor=actor, report_id=report.pk)
            target.write_bytes(files.read(report.digest))
        except DomainError as error:
            raise refusal(error) from error
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{report.public_id} {target}")
        self.stdout.write(f"SHA-256 {report.digest}")
