"""Everything a cost report rests on, read once and in one place."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from governance.access.querysets import names_of
from governance.approvals.querysets import burden, refusals
from governance.costs.models import AllocationRun, ImportBatch
from governance.costs.querysets.report import ReportFacts, report_facts
from governance.costs.rules.conversion import next_month
from governance.ledger import reading as ledger
from governance.ledger.proofs import Position
from reports.documents.freezing.cost import CostFacts
from reports.documents.models import Report


def gather_costs(report: Report, position: Position, as_of: datetime) -> CostFacts:
    """Read what a cost report says; its run is the one that was published when it was asked for."""
    runs: Any = AllocationRun.objects.select_related("ruleset")
    run: AllocationRun = runs.get(pk=report.cost_run_id)
    spent = report_facts(run, report.currency, report.team_id)
    rows = burden.of_team(report.team_id)
    start, end = (_midnight(day) for day in (run.month, next_month(run.month)))
    entries = ledger.events_about(_subjects(run, spent))
    return CostFacts(
        money=spent,
        entries=[entry for entry in entries if entry.seq <= position.size],
        position=position,
        as_of=as_of,
        burden=burden.case_costs(rows, start, end, as_of),
        gates=refusals.gates(rows.cases, end),
        requested_by=names_of([report.requested_by_id]).get(report.requested_by_id, "the service"),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _subjects(run: AllocationRun, spent: ReportFacts) -> list[UUID]:
    numbers = [int(one.number.rpartition("-")[2]) for one in spent.deliveries]
    batches = ImportBatch.objects.filter(number__in=numbers).values_list("pk", flat=True)
    budgets = [burn.budget.pk for burn in spent.plans.budgets]
    claims = [one.claim.pk for one in spent.plans.claims]
    return [run.pk, run.ruleset_id, *batches, *budgets, *claims]
