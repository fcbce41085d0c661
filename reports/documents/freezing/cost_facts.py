"""Everything a cost report rests on, read once and in one place."""

from datetime import datetime
from typing import Any
from uuid import UUID

from governance.access.querysets import names_of
from governance.costs.models import AllocationRun, ImportBatch
from governance.costs.querysets.report import ReportFacts, report_facts
from governance.ledger import reading as ledger
from governance.ledger.proofs import Position
from reports.documents.freezing.cost import CostFacts
from reports.documents.models import Report


def gather_costs(report: Report, position: Position, as_of: datetime) -> CostFacts:
    """Read what a cost report says; its run is the one that was published when it was asked for."""
    runs: Any = AllocationRun.objects.select_related("ruleset")
    run: AllocationRun = runs.get(pk=report.cost_run_id)
    spent = report_facts(run, report.currency, report.team_id)
    entries = ledger.events_about(_subjects(run, spent))
    return CostFacts(
        money=spent,
        entries=[entry for entry in entries if entry.seq <= position.size],
        position=position,
        as_of=as_of,
        requested_by=names_of([report.requested_by_id]).get(report.requested_by_id, "the service"),
    )


def _subjects(run: AllocationRun, spent: ReportFacts) -> list[UUID]:
    numbers = [int(one.number.rpartition("-")[2]) for one in spent.deliveries]
    batches = ImportBatch.objects.filter(number__in=numbers).values_list("pk", flat=True)
    budgets = [burn.budget.pk for burn in spent.plans.budgets]
    claims = [one.claim.pk for one in spent.plans.claims]
    return [run.pk, run.ruleset_id, *batches, *budgets, *claims]
