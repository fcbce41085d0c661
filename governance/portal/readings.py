"""Reads across apps for one page: frozen values out, a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from audits.runs.kinds import FINISHED
from audits.runs.models import AuditRun
from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.approvals.models import ApprovalCase, Condition
from governance.costs.querysets.cockpit import (
    Standing,
    budgets_now,
    forecasts_now,
    hints_now,
)
from governance.costs.querysets.value import SAVINGS, STUCK
from governance.flows import querysets as flows
from governance.kernel.actor import Actor
from governance.ledger import proofs
from inventory.catalog.models import ModelVersion, RegisteredModel
from reports.documents.models import Report

_SHOWN = 8
_SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Money:
    """What somebody who sets budgets should see first; each list the largest sums."""

    budgets: Sequence[Standing]
    forecasts: Sequence[Any]
    savings: Sequence[Any]
    stuck: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Home:
    """What a person should see first. Lists hold at most eight rows; ``None`` hides a panel."""

    models: int
    versions: int
    ledger_size: int
    waiting: Sequence[ApprovalCase] | None
    conditions: Sequence[Condition] | None
    expiring: Sequence[ApprovalCase] | None
    unchecked: Sequence[ModelVersion] | None
    runs: Sequence[AuditRun] | None
    reports: Sequence[Report] | None
    money: Money | None
    may_register: bool


def home(actor: Actor) -> Home:
    """Return the home page of ``actor``: panels by what their roles let them do."""
    sees_cases, sees_runs = can(actor, Permission.CASE_VIEW), can(actor, Permission.RUN_VIEW)
    builds = can(actor, Permission.VERSION_CREATE)
    return Home(
        models=RegisteredModel.objects.visible_to(actor).living().count(),
        versions=ModelVersion.objects.visible_to(actor).count(),
        ledger_size=proofs.head_position()[0],
        waiting=_waiting(actor) if sees_cases else None,
        conditions=_conditions(actor) if sees_cases else None,
        expiring=_expiring(actor) if sees_cases else None,
        unchecked=_unchecked(actor) if builds else None,
        runs=_runs(actor) if sees_runs else None,
        reports=_reports(actor) if can(actor, Permission.REPORT_VIEW) else None,
        money=_money(actor) if can(actor, Permission.BUDGET_SET) else None,
        may_register=can(actor, Permission.MODEL_REGISTER),
    )


def _money(actor: Actor) -> Money:
    return Money(
        budgets=budgets_now(actor),
        forecasts=forecasts_now(actor),
        savings=hints_now(actor, SAVINGS),
        stuck=hints_now(actor, STUCK),
    )


def _waiting(actor: Actor) -> list[Any]:
    rows = ApprovalCase.objects.visible_to(actor).waiting_on(actor)
    return list(rows.select_related("version__model").order_by("opened_at")[:_SHOWN])


def _conditions(actor: Actor) -> list[Any]:
    soon = timezone.localdate() + _SOON
    rows = Condition.objects.visible_to(actor).due(soon)
    return list(rows.select_related("case__version__model", "owner")[:_SHOWN])


def _expiring(actor: Actor) -> list[Any]:
    rows = ApprovalCase.objects.visible_to(actor).expiring(timezone.localdate() + _SOON)
    return list(rows.select_related("version__model")[:_SHOWN])


def _unchecked(actor: Actor) -> list[Any]:
    """Return the actor's teams' versions that no run has examined and no case asks about."""
    reached = ModelVersion.objects.reached_by(actor, Permission.VERSION_CREATE)
    runs = AuditRun.objects.filter(version=OuterRef("pk"))
    rows = reached.filter(~Exists(runs)).select_related("model")
    return list(rows.order_by("-created_at")[:_SHOWN])


def _runs(actor: Actor) -> list[Any]:
    rows = AuditRun.objects.visible_to(actor).exclude(state__in=FINISHED)
    return list(rows.select_related("version__model").order_by("-requested_at")[:_SHOWN])


def _reports(actor: Actor) -> list[Any]:
    rows = Report.objects.visible_to(actor).select_related("case__version__model")
    return list(rows.order_by("-requested_at")[:_SHOWN])


@dataclass(frozen=True, slots=True)
class Operations:
    """How the machinery stands: what waits, what is stuck, what failed."""

    reactions: Sequence[flows.Line]
    runs: dict[str, int]
    reports: dict[str, int]
    ledger_size: int
    ledger_head: str


def operations() -> Operations:
    size, head = proofs.head_position()
    return Operations(flows.overview(), _states(AuditRun), _states(Report), size, head)


def _states(kind: Any) -> dict[str, int]:
    labels = dict(kind._meta.get_field("state").flatchoices)  # noqa: SLF001
    rows = kind.objects.order_by().values_list("state").annotate(Count("pk"))
    return {str(labels[state]): count for state, count in rows}
