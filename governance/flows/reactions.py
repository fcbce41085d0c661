"""When A was recorded, do B: the one table of what follows an event.

Every reaction runs at least once for each of its events, in the ledger's order, and must therefore
be idempotent: a command that finds its work done changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from audits.runs.kinds import Kind as Run
from governance.access.kinds import Kind as Access
from governance.approvals import commands as approvals
from governance.approvals.kinds import Kind as Case
from governance.costs import commands as costs
from governance.costs.kinds import QUEUE, WATCH
from governance.costs.kinds import Kind as Cost
from governance.flows import endings
from governance.flows.kinds import WATCH_COSTS
from governance.kernel.actor import system_actor
from governance.kernel.tasks import enqueue
from governance.ledger.reading import Event
from inventory.catalog.kinds import Kind as Catalog
from reports.documents import commands as documents


@dataclass(frozen=True, slots=True)
class Reaction:
    """``name`` keys the cursor in the ledger: never rename one, it would start over."""

    name: str
    on: frozenset[str]
    does: str
    run: Callable[[Event], None]


def _attach_evidence(event: Event) -> None:
    approvals.attach_evidence(actor=system_actor(), run_id=event.subject_id)


def _request_report(event: Event) -> None:
    documents.request_report(actor=system_actor(), case_id=event.subject_id)


def _ensure_targets(event: Event) -> None:
    costs.ensure_targets(actor=system_actor(), subject_id=event.subject_id)


_ENDINGS = {
    Case.CASE_OPENED.value: endings.case_opened,
    Case.CASE_REJECTED.value: endings.case_rejected,
    Case.CASE_WITHDRAWN.value: endings.case_withdrawn,
    Catalog.MODEL_RETIRED.value: endings.model_retired,
}


def _record_ending(event: Event) -> None:
    _ENDINGS[event.kind](event)


def _watch_costs(_event: Event) -> None:
    enqueue(WATCH_COSTS)


def _watch_spending(_event: Event) -> None:
    enqueue(WATCH, queue=QUEUE)


REACTIONS: tuple[Reaction, ...] = (
    Reaction(
        "attach-evidence",
        frozenset({Run.RUN_COMPLETED.value}),
        "A run completed: the draft case about its version takes up the evidence",
        _attach_evidence,
    ),
    Reaction(
        "request-report",
        frozenset({Case.CASE_APPROVED.value, Case.CASE_REJECTED.value}),
        "A case was decided: its validation report is requested",
        _request_report,
    ),
    Reaction(
        "ensure-cost-targets",
        frozenset(
            {
                Access.TEAM_CREATED.value,
                Catalog.USE_CASE_CREATED.value,
                Catalog.USE_CASE_CHANGED.value,
                Catalog.MODEL_REGISTERED.value,
                Catalog.MODEL_CHANGED.value,
                Catalog.VERSION_CREATED.value,
            }
        ),
        "The inventory grew or was renamed: money can be charged to what is new in it",
        _ensure_targets,
    ),
    Reaction(
        "record-ended-work",
        frozenset(_ENDINGS),
        "A case was rejected, withdrawn or opened anew, or a model retired: costs note what ended",
        _record_ending,
    ),
    Reaction(
        "watch-costs",
        frozenset({Cost.RUN_PUBLISHED.value}),
        "A month's money was shared out: use, approval and spend are held against each other",
        _watch_costs,
    ),
    Reaction(
        "watch-spending",
        frozenset({Cost.RUN_PUBLISHED.value}),
        "Charges were published: budgets, forecasts and anomalies are looked at anew",
        _watch_spending,
    ),
)
