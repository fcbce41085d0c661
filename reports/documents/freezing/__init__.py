"""From database state to frozen report content."""

from collections.abc import Sequence
from datetime import datetime

from governance.ledger import proofs
from governance.ledger.proofs import Position
from reports.documents.freezing.cost import cost_content
from reports.documents.freezing.cost_facts import gather_costs
from reports.documents.freezing.facts import case_behind, gather
from reports.documents.freezing.validation import validation_content
from reports.documents.kinds import ReportKind
from reports.documents.models import Report
from reports.render.content import ReportContent


def frozen(
    report: Report, as_of: datetime, *, organisation: str, verify_url: str
) -> tuple[ReportContent, Sequence[int], Position]:
    """Return what ``report`` says, the ledger entries that prove it, and the ledger's position."""
    position = proofs.position()
    frame = {
        "report_id": report.public_id,
        "organisation": organisation,
        "verify_url": verify_url,
    }
    if report.kind == ReportKind.COST:
        spent = gather_costs(report, position, as_of)
        return cost_content(spent, **frame), [entry.seq for entry in spent.entries], position
    facts = gather(case_behind(report), position, as_of)
    return validation_content(facts, **frame), [entry.seq for entry in facts.entries], position


__all__ = ["frozen"]
