"""Reading a delivered bill: claim, read, judge, copy, publish. No step runs inside a transaction.

A worker that dies leaves the row with a lease; the next one starts the file anew, and nothing of it
is visible until it is accepted.
"""

import logging
import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from governance.costs import commands as costs
from governance.costs.engine.copying import LinePlan
from governance.costs.engine.errors import UnreadableBillError
from governance.costs.engine.reading import Reading, Refused, read_bill, units_or_none
from governance.costs.engine.shaping import Terms
from governance.costs.kinds import Delivery, PeriodState, SourceKind
from governance.costs.models import BillingPeriod, CostSource, ImportBatch, RejectedRow
from governance.costs.querysets.replacing import moved_by
from governance.costs.rules import importing as rules
from governance.costs.rules.focus import CONTRACT_COMMITMENT
from governance.costs.rules.months import next_month
from governance.costs.rules.refusals import DATE_ORDER_NEEDED, PERIOD_CLOSED, message_of
from governance.kernel import money
from governance.kernel.actor import system_actor
from governance.kernel.errors import Missing
from inventory.catalog import storage
from inventory.catalog.uploads import sha256_of

logger = logging.getLogger(__name__)
MOST_LISTED = 100_000  # refused rows that are kept one by one; all are counted and summed
_ACTOR = system_actor()


def import_batch(batch_id: UUID) -> ImportBatch | None:
    """Carry a batch as far as it goes; None when another worker has it or it is done."""
    batch = costs.claim_batch(actor=_ACTOR, batch_id=batch_id)
    if batch is None:
        return None
    try:
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
            _import(batch, Path(folder))
    except costs.LostBatch:
        logger.warning("batch lost to another worker", extra={"batch": batch.public_id})
    except costs.PeriodMoved as error:
        costs.release_batch(actor=_ACTOR, batch=batch, reason=error.message, again=True)
    except UnreadableBillError as error:
        _refuse(batch, error.code, error.message)
    except (storage.BlobDamagedError, Missing) as error:
        _refuse(batch, "file-lost", f"The stored file cannot be used: {error}")
    except Exception as error:
        logger.exception("import broke", extra={"batch": batch.public_id})
        why = f"Something broke on our side ({type(error).__name__})."
        costs.release_batch(actor=_ACTOR, batch=batch, reason=why)
    return ImportBatch.objects.get(pk=batch.pk)


def _import(batch: ImportBatch, folder: Path) -> ImportBatch:
    tell = partial(_tell, batch)
    with storage.local_blob(batch.digest) as file:
        path = Path(f"/proc/self/fd/{file.fileno()}")
        reading = read_bill(path, folder, _terms(batch.source), tell, MOST_LISTED)
    if reading.landing is None:
        return _take_statements(batch, reading)
    if (asked := reading.facts.get("date_order")) and not batch.answer:
        reading.facts["code"] = DATE_ORDER_NEEDED
        _record(batch, reading, "")
        return costs.hold_batch(actor=_ACTOR, batch=batch, reasons=[rules.date_question(**asked)])
    if not reading.rows_accepted:
        _record(batch, reading, "")
        raise UnreadableBillError("no-rows", _no_rows(batch, reading))
    _record(batch, reading, _kept(reading.landing))
    reasons = rules.reasons_to_hold(_outcome(batch, reading))
    if reasons and not batch.answer:
        return costs.hold_batch(actor=_ACTOR, batch=batch, reasons=reasons)
    _copy(batch, reading, folder)
    return costs.publish_batch(actor=_ACTOR, batch=batch)


def _copy(batch: ImportBatch, reading: Reading, folder: Path) -> None:
    assert reading.landing is not None  # noqa: S101 - told apart by the caller
    assert reading.slices is not None  # noqa: S101
    _tell(batch, "Keeping what describes the rows")
    parts = costs.make_parts(actor=_ACTOR, batch=batch, totals=reading.totals)
    keys = costs.make_slices(actor=_ACTOR, batch=batch, slices=reading.slices, folder=folder)
    costs.clear_lines(actor=_ACTOR, batch=batch)
    plan = LinePlan(reading.landing, keys, parts, batch.first_line_id, folder)
    total = reading.rows_accepted
    costs.copy_lines(plan, lambda done: _tell(batch, f"{done:,} of {total:,} lines copied"))
    if batch.delivery == Delivery.APPEND:
        _tell(batch, "Looking for what is taken back")
        costs.match_retractions(actor=_ACTOR, batch=batch)
    _tell(batch, "Comparing sums")
    costs.require_whole(batch)


def _take_statements(batch: ImportBatch, reading: Reading) -> ImportBatch:
    if not reading.rows_accepted:
        _record(batch, reading, "")
        raise UnreadableBillError("no-rows", _no_rows(batch, reading))
    _record(batch, reading, "")
    known = [{**told, "end": told["end_"]} for told in reading.statements]
    for told in known:
        amounts = told.keys() & {"billed", "cost"}
        told.update({name: units_or_none(told[name]) for name in amounts})
    publish = costs.publish_statements
    if reading.columns.dataset == CONTRACT_COMMITMENT:
        publish = costs.publish_commitments
    return publish(actor=_ACTOR, batch=batch, statements=known)


def _terms(source: CostSource) -> Terms:
    closed = BillingPeriod.objects.filter(state=PeriodState.CLOSED)
    return Terms(
        source=str(source.pk),
        issuer=source.issuer,
        date_order=source.date_order,
        by_hand=source.kind == SourceKind.MANUAL,
        closed=frozenset(closed.values_list("issuer", "start")),
        latest=next_month(timezone.localdate()),
    )


def _record(batch: ImportBatch, reading: Reading, landing: str) -> None:
    values = {
        "focus_detected": reading.columns.version,
        "rows_read": reading.rows_read,
        "rows_accepted": reading.rows_accepted,
        "rows_rejected": reading.rows_rejected,
        "residual": reading.residuals.get("billed", ""),
        "findings": [finding.to_json() for finding in reading.findings],
        "facts": _facts(batch, reading),
        "landing_digest": landing,
    }
    rejected = (_rejected(batch, row) for row in reading.refused)
    costs.record_reading(actor=_ACTOR, batch=batch, values=values, rejected=rejected)


def _facts(batch: ImportBatch, reading: Reading) -> dict[str, Any]:
    return {
        **reading.facts,
        "dataset": reading.columns.dataset,
        "columns": list(reading.columns.names),
        "refused": dict(reading.refused_by_code),
        "refused_money": [
            {
                "codes": each.codes,
                "month": each.month,
                "currency": each.currency,
                "rows": each.rows,
                "billed": money.to_text(each.billed),
            }
            for each in reading.refused_money
        ],
        "listed": len(reading.refused),
        "residuals": dict(reading.residuals),
        "movements": [
            {
                "period": move.period,
                "currency": move.currency,
                "before": money.to_text(move.before),
                "after": money.to_text(move.after),
            }
            for move in _movements(batch, reading)
        ],
        **({"raw": _kept(reading.raw)} if reading.raw else {}),
    }


def _rejected(batch: ImportBatch, row: Refused) -> RejectedRow:
    return RejectedRow(
        batch=batch,
        line_no=row.line_no,
        raw=row.raw.replace("\x00", ""),
        codes=list(row.codes),
        message=row.message or message_of(list(row.codes)),
        billed=row.billed,
        currency=row.currency,
    )


def _outcome(batch: ImportBatch, reading: Reading) -> rules.Outcome:
    against_terms = [each for each in reading.refused_money if each.codes != PERIOD_CLOSED]
    return rules.Outcome(
        rows=reading.rows_read,
        accepted=reading.rows_accepted,
        refused=reading.rows_against_terms,
        largest=max((each.largest for each in against_terms), default=0),
        floor=batch.source.floor,
        movements=_movements(batch, reading),
    )


def _movements(batch: ImportBatch, reading: Reading) -> list[rules.Movement]:
    return moved_by(
        batch, [(f"{t.issuer} {t.start:%Y-%m}", t.currency, t.billed) for t in reading.totals]
    )


def _kept(path: Path) -> str:
    """Keep a file of ours in the storage and return its digest."""
    with path.open("rb") as file:
        upload: UploadedFile[Any] = UploadedFile(file, name=path.name, size=path.stat().st_size)
        digest = sha256_of(upload)
        storage.keep(upload, digest)
    return digest


def _no_rows(batch: ImportBatch, reading: Reading) -> str:
    stays = ""
    if batch.delivery == Delivery.REPLACE:
        stays = " So it replaces nothing: what was delivered before stays."
    if not reading.rows_read:
        return f"The file has a header and no rows.{stays}"
    counted = ", ".join(f"{code}: {n:,}" for code, n in sorted(reading.refused_by_code.items()))
    return f"None of its {reading.rows_read:,} rows can be taken ({counted}).{stays}"


def _refuse(batch: ImportBatch, code: str, message: str) -> ImportBatch:
    return costs.refuse_unreadable(actor=_ACTOR, batch=batch, code=code, message=message)


def _tell(batch: ImportBatch, text: str) -> None:
    costs.tell_progress(actor=_ACTOR, batch=batch, text=text)
