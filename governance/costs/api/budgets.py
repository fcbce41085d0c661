"""Budgets over REST: set and changed by token, decided by another person signed in."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.costs import commands as costs
from governance.costs.models import Budget
from governance.costs.models.plans import DEFAULT_THRESHOLDS
from governance.costs.querysets.burning import burning
from governance.costs.rules.budgets import Plan
from governance.costs.serializers import plans as forms
from governance.kernel.money import text_or_none
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, seen_revision, shown


class BudgetViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_budgets",
        parameters=[forms.BudgetQuery],
        responses=reading(page_of(forms.BudgetSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Every version of every budget, the newest first."""
        query = self.asked(forms.BudgetQuery)
        found = Budget.objects.visible_to(self.actor).narrowed(query)
        return Response(self.page(found, forms.BUDGET, query))

    @extend_schema(
        operation_id="set_budget",
        request=forms.BudgetCreate,
        responses=writing(forms.BudgetDetailSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Ask for a budget; it counts once another person approves it."""
        values = self.given(forms.BudgetCreate)
        target, note = values.pop("target"), values.pop("note", "")
        row = costs.set_budget(actor=self.actor, target_id=target, plan=_plan(values), note=note)
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_budget", responses=reading(forms.BudgetDetailSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One version with how it burns and what it has crossed."""
        return self._answer(pk)

    @extend_schema(
        operation_id="change_budget",
        request=forms.BudgetChange,
        responses=writing(forms.BudgetDetailSerializer),
    )
    def change(self, request: Request, pk: uuid.UUID) -> Response:
        """Ask for a new version; the one in force stays so until it is approved."""
        row = Budget.objects.get_visible(self.actor, pk)
        values = self.given(forms.BudgetChange)
        note, revision = values.pop("note"), seen_revision(request, row.revision)
        made = costs.change_budget(
            actor=self.actor, budget_id=pk, plan=_plan(values), note=note, revision=revision
        )
        return self._answer(made.pk, 201)

    @extend_schema(
        operation_id="transfer_budget",
        request=forms.TransferWrite,
        responses=writing(forms.BudgetDetailSerializer),
    )
    def transfer(self, _request: Request) -> Response:
        """Ask to move money between two budgets in force; both lines are decided together."""
        values = self.given(forms.TransferWrite)
        giver, taker = values.pop("giver"), values.pop("taker")
        row = costs.transfer_budget(actor=self.actor, giver_id=giver, taker_id=taker, **values)
        return self._answer(row.pk, 201)

    @extend_schema(
        operation_id="approve_budget",
        request=forms.DecisionWrite,
        responses=writing(forms.BudgetDetailSerializer),
    )
    def approve(self, request: Request, pk: uuid.UUID) -> Response:
        """Put a version in force: signed in, with the password; never by the one who set it."""
        return self._answer(costs.approve_budget(**self._signed(request, pk)).pk)

    @extend_schema(
        operation_id="reject_budget",
        request=forms.DecisionWrite,
        responses=writing(forms.BudgetDetailSerializer),
    )
    def reject(self, request: Request, pk: uuid.UUID) -> Response:
        """Turn a version down, with the reason and the password."""
        return self._answer(costs.reject_budget(**self._signed(request, pk)).pk)

    def _signed(self, request: Request, pk: uuid.UUID) -> dict[str, Any]:
        values = self.given(forms.DecisionWrite)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        said = {"answer": values.get("answer", ""), "proof": proof}
        return {"actor": self.actor, "budget_id": pk, **said}

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        row = one(Budget.objects.visible_to(self.actor), forms.BUDGET, pk)
        found = Budget.objects.select_related("target").get(pk=pk)
        return shown({**row, "burn": _burn(found), "alerts": _alerts(found)}, status)


def _plan(values: dict[str, Any]) -> Plan:
    thresholds = values.pop("thresholds", DEFAULT_THRESHOLDS)
    return Plan(thresholds=tuple(thresholds), **values)


def _burn(row: Budget) -> dict[str, Any]:
    stands = burning([row])[row.pk]
    found = stands.found
    return {
        "spent": text_or_none(found.spent),
        "settled_through": stands.through,
        "straight": text_or_none(found.straight),
        "expected": text_or_none(found.expected),
        "forecast": stands.forecast.pk if stands.forecast else None,
        "days": found.days,
        "elapsed": found.elapsed,
        "tested_days": found.tested_days,
        "carried_days": found.carried_days,
    }


def _alerts(row: Budget) -> list[dict[str, Any]]:
    return [
        {
            "measure": alert.measure,
            "threshold": alert.threshold,
            "amount": text_or_none(alert.amount),
            "crossed_at": alert.crossed_at,
        }
        for alert in row.alerts.order_by("crossed_at", "threshold")
    ]
