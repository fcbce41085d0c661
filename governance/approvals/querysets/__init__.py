"""Reading cases."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.approvals.kinds import (
    APPROVED_STATES,
    SAYING,
    CaseState,
    ConditionState,
    StepState,
)
from governance.approvals.querysets import standings
from governance.approvals.rules.standing import Standing
from governance.kernel.actor import Actor

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase, Condition, Step  # noqa: F401

STATEMENT_ROWS = (
    "version__model__use_case",
    "version__artifact",
    "version__training_data",
    "version__environment",
    "policy",
    "run__policy",
    "run__reference",
    "run__current",
)


class ApprovalCaseQuerySet(ScopedQuerySet["ApprovalCase"]):
    view = Permission.CASE_VIEW
    team_path = "version__model__team_id"
    shared_path = "version__model_id"

    def whole(self) -> "ApprovalCaseQuerySet":
        """Return the cases with every row that their statement reads."""
        return self.select_related(*STATEMENT_ROWS)

    def waiting_on(self, actor: Actor) -> "ApprovalCaseQuerySet":
        """Return the cases that this person can move now: a step to speak at, a draft to submit."""
        mine = Q(state=CaseState.DRAFT, opened_by=actor.id)
        took_part = _rows("Participant").filter(
            case=OuterRef("pk"), round=OuterRef("round"), person=actor.id
        )
        for kind, permission in SAYING.items():
            step = _rows("Step").filter(
                case=OuterRef("pk"),
                round=OuterRef("round"),
                kind=kind,
                state=StepState.OPEN,
                role__in=actor.roles,
            )
            reached = self.reached_by(actor, permission).values("pk")
            mine |= Q(Exists(step), ~Exists(took_part), pk__in=reached)
        return self.visible_to(actor).filter(mine)

    def expiring(self, before: date) -> "ApprovalCaseQuerySet":
        """Return approvals in force that end by ``before`` and that no later one replaces."""
        later = self.model._default_manager.filter(  # noqa: SLF001
            version=OuterRef("version"),
            action=OuterRef("action"),
            state__in=APPROVED_STATES,
            decided_at__gt=OuterRef("decided_at"),
        )
        return self.filter(
            ~Exists(later),
            state__in=APPROVED_STATES,
            valid_until__gte=timezone.localdate(),
            valid_until__lte=before,
        ).order_by("valid_until")

    def standings(self, version_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
        """Return what each version's cases come to today, in a constant number of queries."""
        return standings.of_versions(self, version_ids, timezone.localdate())

    def standing(self, version_id: uuid.UUID) -> Standing:
        return self.standings([version_id])[version_id]

    def model_standings(self, model_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
        """Return, for each model, the standing of its newest version that has a case."""
        return standings.of_models(self, model_ids, timezone.localdate())


class StepQuerySet(ScopedQuerySet["Step"]):
    view = Permission.CASE_VIEW
    team_path = "case__version__model__team_id"
    shared_path = "case__version__model_id"


class ConditionQuerySet(ScopedQuerySet["Condition"]):
    view = Permission.CASE_VIEW
    team_path = "case__version__model__team_id"
    shared_path = "case__version__model_id"

    def due(self, before: date) -> "ConditionQuerySet":
        """Return open conditions of approvals whose date has come by ``before``, soonest first."""
        return self.filter(
            state=ConditionState.OPEN, case__state__in=APPROVED_STATES, due_on__lte=before
        ).order_by("due_on")


def _rows(name: str) -> "QuerySet[Any]":
    return apps.get_model("approvals", name)._default_manager.all()  # noqa: SLF001
