"""Billing periods over REST: read with what stands against closing, closed, opened again."""

import uuid

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.costs import commands as costs
from governance.costs.models import BillingPeriod
from governance.costs.querysets.closing import standing_of
from governance.costs.serializers import periods as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown

_DETAIL = forms.PeriodDetailSerializer


class PeriodViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_billing_periods",
        parameters=[forms.PeriodQuery],
        responses=reading(page_of(forms.PeriodSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Every billing period, the newest first."""
        query = self.asked(forms.PeriodQuery)
        found = BillingPeriod.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.PERIOD, query))

    @extend_schema(operation_id="read_billing_period", responses=reading(_DETAIL))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One period with its sums and all that stands against closing it."""
        return self._answer(pk)

    @extend_schema(
        operation_id="record_invoice", request=forms.InvoiceWrite, responses=writing(_DETAIL)
    )
    def invoice(self, _request: Request, pk: uuid.UUID) -> Response:
        """Say what the issuer's invoice comes to."""
        values = self.given(forms.InvoiceWrite)
        costs.record_invoice(actor=self.actor, period_id=pk, **values)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="close_billing_period", request=forms.PeriodClose, responses=writing(_DETAIL)
    )
    def close(self, _request: Request, pk: uuid.UUID) -> Response:
        """Close the period: its published run stays for good.

        Without one that is today's, the state is ``closing`` until a worker has computed it.
        """
        values = self.given(forms.PeriodClose)
        costs.close_period(actor=self.actor, period_id=pk, **values)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="ask_reopening", request=forms.PeriodReopen, responses=writing(_DETAIL)
    )
    def reopen(self, _request: Request, pk: uuid.UUID) -> Response:
        """Ask that a closed period be opened again: a person signed in, never a token."""
        values = self.given(forms.PeriodReopen)
        costs.ask_reopening(actor=self.actor, period_id=pk, **values)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="grant_reopening", request=forms.PeriodGrant, responses=writing(_DETAIL)
    )
    def grant(self, request: Request, pk: uuid.UUID) -> Response:
        """Open it again, as somebody else asked."""
        values = self.given(forms.PeriodGrant)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        costs.grant_reopening(actor=self.actor, period_id=pk, proof=proof)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="refuse_reopening", request=forms.PeriodRefuse, responses=writing(_DETAIL)
    )
    def refuse(self, _request: Request, pk: uuid.UUID) -> Response:
        """Leave it closed, with a reason."""
        values = self.given(forms.PeriodRefuse)
        costs.refuse_reopening(actor=self.actor, period_id=pk, **values)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="adjust_billing_period",
        request=forms.PeriodAdjust,
        responses=writing(forms.AdjustmentSerializer),
    )
    def adjust(self, _request: Request, pk: uuid.UUID) -> Response:
        """Book this month what a later run moves of a closed month's money."""
        values = self.given(forms.PeriodAdjust)
        done = costs.adjust_period(actor=self.actor, period_id=pk, run_id=values["run"])
        body = {"batch": done.row.pk, "public_id": done.row.public_id}
        return shown(body, 201 if done.fresh else 200)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        row = one(BillingPeriod.objects.visible_to(self.actor), forms.PERIOD, pk)
        period = BillingPeriod.objects.get(pk=pk)
        standing = standing_of(period, timezone.localdate())
        return shown({**row, **forms.standing_body(standing)}, status)
