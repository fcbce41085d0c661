"""Import a bill from the shell: ``manage.py import_costs FILE --source NAME --as EMAIL``.

Exit status: 0 it counts, 2 it waits for a person, 1 it was refused or could not be read.
"""

import sys
import tempfile
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.access.shell import actor_of, person_of, refusal
from governance.costs import commands as costs
from governance.costs import importing
from governance.costs.kinds import BatchState, DateOrder, Delivery, SourceKind
from governance.costs.models import CostSource, ImportBatch, PartTotal
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.errors import DomainError
from inventory.catalog.management.shared import opened

_HELD = 2
_PIECE = 1024 * 1024


class Command(BaseCommand):
    help = "Imports FOCUS files (CSV, CSV.gz, Parquet) and says what they sum to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="*")
        parser.add_argument("--prefix", help="every file of the storage under this prefix")
        parser.add_argument("--source", required=True, help="the source's name")
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--sha256", help="what the file must have, else nothing is kept")
        parser.add_argument("--focus", default="", help="the FOCUS version that the sender names")
        parser.add_argument("--wait", action=BooleanOptionalAction, default=True)
        made = parser.add_argument_group("a source that is not there yet")
        made.add_argument("--create-source", action="store_true")
        made.add_argument("--delivery", choices=Delivery.values, default=Delivery.REPLACE)
        made.add_argument("--issuer", default="", help="who bills, where the file names nobody")
        made.add_argument("--date-order", choices=DateOrder.values, default=DateOrder.NONE)

    def handle(self, *_args: Any, **options: Any) -> None:
        actor = actor_of(person_of(options["email"]))
        if not options["file"] and not options["prefix"]:
            raise CommandError("Name a file, or --prefix.")
        try:
            source = _source(actor, options)
            batches = [self._send(actor, source, file, options) for file in options["file"]]
            if options["prefix"]:
                batches += self._from_storage(actor, source, options)
        except DomainError as error:
            raise refusal(error) from error
        if options["wait"]:
            self._end(batches)

    def _send(
        self, actor: Actor, source: CostSource, file: Path, options: dict[str, Any]
    ) -> ImportBatch:
        with opened(file) as upload:
            received = costs.receive_batch(
                actor=actor,
                source_id=source.pk,
                upload=upload,
                sha256=options["sha256"],
                focus=options["focus"],
            )
        batch = received.row
        if not received.fresh:
            said = f"{batch.received_at:%Y-%m-%d %H:%M}"
            self.stdout.write(f"{file.name}: already imported on {said} as {batch.public_id}")
        elif options["wait"]:
            batch = importing.import_batch(batch.pk) or batch
        batch.refresh_from_db()
        self._tell(batch, file.name)
        return batch

    def _from_storage(
        self, actor: Actor, source: CostSource, options: dict[str, Any]
    ) -> list[ImportBatch]:
        """Import what lies in the storage under the prefix, by name, each file by itself."""
        batches = []
        for name in _names(options["prefix"]):
            with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
                own = Path(folder) / Path(name).name
                with default_storage.open(name, "rb") as stored, own.open("wb") as out:
                    while piece := stored.read(_PIECE):
                        out.write(piece)
                batches.append(self._send(actor, source, own, options))
        return batches

    def _tell(self, batch: ImportBatch, name: str) -> None:
        state = batch.get_state_display().lower()
        self.stdout.write(f"{batch.public_id} {batch.pk}: {name}, {state}")
        if batch.is_under_way:
            return
        self.stdout.write(
            f"  {batch.rows_read:,} rows read = {batch.rows_accepted:,} accepted "
            f"+ {batch.rows_rejected:,} rejected"
        )
        for total in PartTotal.objects.filter(part__batch=batch).select_related("part__period"):
            billed, effective = map(money.to_text, (total.billed, total.effective))
            self.stdout.write(
                f"  {total.part.period}: {total.rows:,} rows, billed {billed} "
                f"{total.currency}, effective {effective} {total.currency}"
            )
        for money_of in batch.facts.get("refused_money", []):
            self.stdout.write(
                f"  not taken, {money_of['codes']} "
                f"({money_of['month'] or 'month not readable'}): {money_of['rows']:,} rows, "
                f"billed {money_of['billed']} {money_of['currency']}"
            )
        for finding in batch.findings:
            self.stdout.write(
                f"  note {finding['code']} ({finding['count']:,}): {finding['message']}"
            )
        if batch.reason:
            self.stdout.write(f"  {batch.reason}")

    def _end(self, batches: list[ImportBatch]) -> NoReturn:
        states = {batch.state for batch in batches}
        if BatchState.REFUSED in states or not batches:
            raise CommandError("Not everything could be imported.")
        waits = states & {BatchState.HELD, BatchState.RECEIVED, BatchState.CHECKING}
        sys.exit(_HELD if waits else 0)


def _source(actor: Actor, options: dict[str, Any]) -> CostSource:
    row = CostSource.objects.visible_to(actor).filter(name=options["source"]).first()
    if row is not None:
        return row
    if not options["create_source"]:
        known = ", ".join(CostSource.objects.visible_to(actor).values_list("name", flat=True)[:20])
        raise CommandError(
            f"There is no source {options['source']!r} (known: {known or 'none'}). "
            "Make it by --create-source, with --delivery, --issuer and --date-order as it sends."
        )
    fields = costs.SourceFields(
        name=options["source"],
        kind=SourceKind.FOCUS_FILE,
        delivery=options["delivery"],
        issuer=options["issuer"],
        date_order=options["date_order"],
    )
    return costs.create_source(actor=actor, fields=fields)


def _names(prefix: str) -> list[str]:
    folder = prefix.rstrip("/")
    try:
        folders, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandError(f"The storage has nothing under {prefix!r}.") from error
    inner = [name for one in sorted(folders) for name in _names(f"{folder}/{one}")]
    return [*(f"{folder}/{name}" for name in sorted(files)), *inner]
