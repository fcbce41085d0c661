"""Is this file ours, unchanged, and still in force? The seal and the ledger asked together."""

import threading
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from governance.kernel.canonical import sha256_hex
from governance.kernel.errors import DomainError
from governance.kernel.ids import number_in
from governance.ledger import reading as ledger
from governance.ledger.proofs import check_entry
from reports.documents import sealing
from reports.documents.kinds import Kind, ReportState
from reports.documents.models import Report
from reports.signing.answer import Answer, Check, Examination, Standing, conclude
from reports.signing.isolated import examine_pdf_isolated

MAX_BYTES = 32 * 1024 * 1024
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 10.0  # seconds that a file waits for its turn
_STATES = {
    ReportState.SIGNED: "current",
    ReportState.SUPERSEDED: "superseded",
    ReportState.RECALLED: "recalled",
}
_ENDS = {
    Kind.REPORT_SUPERSEDED.value: ReportState.SUPERSEDED,
    Kind.REPORT_RECALLED.value: ReportState.RECALLED,
}


@dataclass(frozen=True, slots=True)
class Verification:
    """One answer of seven, and every question that led to it."""

    answer: Answer
    examination: Examination
    standing: Standing
    report: Report | None

    def facts(self) -> dict[str, Any]:
        """Return the answer as plain values, for the API and the command line."""
        found, answer = self.examination, self.answer
        return {
            "answer": answer.kind.value,
            "headline": answer.headline,
            "detail": answer.detail,
            "where": list(answer.where),
            "development_key": answer.development,
            "report": self.report.public_id if self.report else None,
            "sha256": found.sha256,
            "signed_at": found.signed_at or None,
            "signer": found.signer or None,
            "checks": [
                {"name": c.name, "title": c.title, "passed": c.passed, "why": c.why}
                for c in (*found.checks, self._ledger_check())
            ],
        }

    def _ledger_check(self) -> Check:
        proof, why = self.standing.proof, self.standing.proof_why
        if proof is None:
            proof, why = False, "The ledger has no issue of a file with this SHA-256."
        return Check("ledger", "The ledger issued exactly this file", proof, why)


def too_large(file: Any) -> bool:
    """Return whether a received file is more than any report of ours, or was cut off on the way."""
    return (file.size or 0) > MAX_BYTES or getattr(file, "beyond_cap", False)


def verify_report(data: bytes) -> Verification:
    """Return the verdict on a file. Never raises for what is in it: a broken file is an answer.

    Raises ``DomainError`` (429) when too many others are being examined.
    """
    exact = Report.objects.issued().filter(digest=sha256_hex(data)).first()
    if exact is not None:
        examination = _examined(data, exact)
        return Verification(
            conclude(examination, standing := standing_of(exact)), examination, standing, exact
        )
    examination = _examined(data, None)
    claimed = _claimed(examination)
    if claimed is not None:
        examination = _not_the_file(examination)
    standing = Standing(issued=False, known=claimed is not None)
    return Verification(conclude(examination, standing), examination, standing, claimed)


def _examined(data: bytes, report: Report | None) -> Examination:
    """Anybody may ask, and a child may take a gigabyte: so only a few at a time in one process."""
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        told = "Many files are being examined just now; try again in a minute."
        raise DomainError("busy", told, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        return examine_pdf_isolated(
            data,
            sealing.trusted_roots(),
            expected_sha256=report.digest if report else "",
            expected_content=report.content_digest if report else "",
        )
    finally:
        _AT_ONCE.release()


def _claimed(examination: Examination) -> Report | None:
    """Return the issued report that a file says it is."""
    number = number_in(examination.report_id, "RPT")
    return None if number is None else Report.objects.issued().filter(number=number).first()


def _not_the_file(examination: Examination) -> Examination:
    """Answer the question that stayed open: this is not the file that was issued."""
    why = "The SHA-256 is not the one that the ledger holds for this report."
    checks = tuple(
        replace(check, passed=False, why=why) if check.name == "file-digest" else check
        for check in examination.checks
    )
    return replace(examination, checks=checks)


def standing_of(report: Report) -> Standing:
    """Return what the ledger says of an issued report; the row must agree with it, or nothing is
    said: whoever can change a row cannot make a recalled report current again.
    """
    proof, why = _prove_issue(report)
    ended = ledger.last_event(report.pk, [Kind.REPORT_SUPERSEDED, Kind.REPORT_RECALLED])
    state = _ENDS[ended.kind] if ended else ReportState.SIGNED
    body = ended.body if ended else {}
    return Standing(
        issued=proof,
        known=True,
        state=_STATES[state] if report.state == state else "in doubt (row and ledger differ)",
        successor=str(body.get("report", "")),
        reason=str(body.get("reason", "")),
        since=ended.ts.date().isoformat() if ended else "",
        proof=proof,
        proof_why=why,
    )


def _prove_issue(report: Report) -> tuple[bool, str]:
    """Find the issue in the ledger, and recompute its entry from its bytes up to the root."""
    issued = ledger.event(report.issued_seq or 0)
    if issued is None or issued.kind != Kind.REPORT_ISSUED:
        return False, "The ledger has no entry of this issue."
    if issued.subject_id != report.pk or issued.body.get("digest") != report.digest:
        return False, f"Entry {issued.seq} names another file."
    holds, why = check_entry(issued.seq)
    return holds, f"{why} It names this SHA-256." if holds else why
