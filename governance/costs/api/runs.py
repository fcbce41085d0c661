"""Runs of allocation over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.judging import Sharing
from governance.costs.models import AllocatedCharge, AllocationRun
from governance.costs.presentation import lists
from governance.costs.querysets.drill import lines_of, way_of
from governance.costs.rules.invariants import publishable
from governance.costs.serializers import runs as forms
from governance.kernel.errors import Missing
from governance.kernel.rest.paging import DEFAULT_SIZE, keyset_page
from governance.kernel.rest.schema import PageQuery, page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class CostRunViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_runs",
        parameters=[forms.CostRunQuery],
        responses=reading(page_of(forms.CostRunSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Runs of allocation, the newest first."""
        query = self.asked(forms.CostRunQuery)
        rows = AllocationRun.objects.visible_to(self.actor).narrowed(query)
        return Response(self.page(rows, forms.RUN, query))

    @extend_schema(
        operation_id="request_cost_run",
        request=forms.CostRunRequest,
        responses=writing(forms.CostRunDetailSerializer, 202),
    )
    def create(self, _request: Request) -> Response:
        """Queue the allocation of a month, or a dry run of any rule set over it."""
        values = self.given(forms.CostRunRequest)
        run = costs.request_run(
            actor=self.actor,
            month=values["month"],
            ruleset_id=values.get("ruleset"),
            dry=values["dry"],
        )
        return self._answer(run.pk, 202)

    @extend_schema(operation_id="read_cost_run", responses=reading(forms.CostRunDetailSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One run: what it rests on, what it found by rule, target and reason."""
        return self._answer(pk)

    @extend_schema(
        operation_id="publish_cost_run",
        request=forms.CostRunPublish,
        responses=writing(forms.CostRunDetailSerializer),
    )
    def publish(self, _request: Request, pk: uuid.UUID) -> Response:
        """Let a computed run speak for its month, in place of the one that did."""
        values = self.given(forms.CostRunPublish)
        costs.publish_run(actor=self.actor, run_id=pk, seen=values["result_digest"])
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="read_cost_run_invariants", responses=reading(forms.InvariantsSerializer)
    )
    def invariants(self, _request: Request, pk: uuid.UUID) -> Response:
        """What must hold of the run, with the sums that show it."""
        run = AllocationRun.objects.get_visible(self.actor, pk)
        checks = run.invariants
        body = {"run": run.public_id, "publishable": publishable(checks), "items": checks}
        return Response(body)

    @extend_schema(
        operation_id="read_cost_run_differences", responses=reading(forms.DifferencesSerializer)
    )
    def diff(self, _request: Request, pk: uuid.UUID) -> Response:
        """What moves against the run that it supersedes, by target and cause; and apart from that
        what it would move of closed money, which only an adjustment does.
        """
        rows = AllocationRun.objects.select_related("supersedes")
        run = rows.get_visible(self.actor, pk)
        before = run.supersedes.public_id if run.supersedes else None
        moved = {"items": run.difference, "adjustment": run.adjustment}
        return Response({"run": run.public_id, "supersedes": before, **moved})

    @extend_schema(
        operation_id="list_cost_run_charges",
        parameters=[forms.ChargeQuery],
        responses=reading(page_of(forms.CostChargeSerializer)),
    )
    def charges(self, _request: Request, pk: uuid.UUID) -> Response:
        """The run's charges, the last stored first."""
        query = self.asked(forms.ChargeQuery)
        run = AllocationRun.objects.get_visible(self.actor, pk)
        rows = AllocatedCharge.objects.visible_to(self.actor).filter(run=run).narrowed(query)
        return Response(self.page(rows, forms.CHARGE, query))

    @extend_schema(
        operation_id="list_cost_charge_lines",
        parameters=[PageQuery],
        responses=reading(page_of(forms.ChargeLineSerializer)),
    )
    def charge_lines(self, _request: Request, pk: uuid.UUID, number: int) -> Response:
        """The bill's lines behind a charge, with its exact share of each, which sum to it."""
        rows = AllocatedCharge.objects.filter(run=pk).select_related("run", "slice")
        charge = rows.get_visible(self.actor, number)
        way, sharing = way_of(self.actor, charge), Sharing(charge)
        if not way.may_see_lines:
            raise Missing("lines-shared", "Others share these lines; they are not shown to one.")
        query = self.asked(PageQuery)
        size, cursor = query.get("limit", DEFAULT_SIZE), query.get("cursor")
        lines = sharing.lines(lines_of(charge), unclear=way.sees_everything)
        found = keyset_page(lines, order=("id",), size=size, cursor=cursor)
        shown_lines = lists.shown_lines(found.items, sharing.shares(found.items))
        items = [forms.charge_line(line, charge.slice.currency) for line in shown_lines]
        return Response({"items": items, "next": found.next_cursor})

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        rows = AllocationRun.objects.visible_to(self.actor)
        return shown(one(rows, forms.RUN_DETAIL, pk), status)
