"""Carrying out one export: claim, write, keep, record. Called by the task.

The file is kept before the row names it; a worker that dies leaves a lease, and the next one begins
anew.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from governance.costs import commands as costs
from governance.costs.exporting import Exported, Reconciled, export_run
from governance.costs.kinds import MAX_ATTEMPTS
from governance.costs.models import FocusExport
from governance.kernel import money
from governance.kernel.actor import system_actor
from governance.kernel.errors import DomainError, RuleBroken
from inventory.catalog import storage
from inventory.catalog.uploads import sha256_of

logger = logging.getLogger(__name__)


def write_export(export_id: UUID) -> FocusExport | None:
    """Write the file unless somebody else does, it is there, or nobody asked for it."""
    export = costs.claim_export(export_id)
    if export is None:
        return None
    try:
        found = export_run(export.run, partial(costs.tell_export, export))
        costs.tell_export(export, "Keeping the file")
        written = _kept(found)
        return costs.record_export(actor=system_actor(), export=export, found=written)
    except costs.LostExport:
        logger.warning("export lost to another worker", extra={"export": str(export)})
        return None
    except (DomainError, storage.BlobDamagedError) as error:
        return costs.fail_export(actor=system_actor(), export=export, reason=str(error))
    except Exception as error:
        logger.exception("export broke", extra={"export": str(export)})
        return _gave_up(export, f"Something broke on our side ({type(error).__name__}).")


def _gave_up(export: FocusExport, reason: str) -> FocusExport | None:
    if export.attempt >= MAX_ATTEMPTS:
        return costs.fail_export(actor=system_actor(), export=export, reason=reason)
    costs.release_export(export, reason)
    return None


def _kept(found: Exported) -> costs.Written:
    with found.file:
        if not found.reconciles:
            raise RuleBroken("not-exportable", "The file does not sum to what was imported.")
        upload: UploadedFile[Any] = UploadedFile(found.file, name="focus.csv", size=found.size)
        digest = sha256_of(upload)
        storage.keep(upload, digest)
    return costs.Written(
        digest=digest,
        size=found.size,
        rows=sum(each.rows for each in found.sums),
        sums=[_sum(each) for each in found.sums],
        not_held={batch: list(names) for batch, names in found.not_held.items()},
    )


def _sum(each: Reconciled) -> dict[str, Any]:
    billed, effective = each.imported
    return {
        "issuer": each.issuer,
        "currency": each.currency,
        "rows": each.rows,
        "billed": money.to_text(each.billed),
        "effective": money.to_text(each.effective),
        "imported_billed": money.to_text(billed),
        "imported_effective": money.to_text(effective),
    }
