"""Entries by hand and rates of exchange over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import ComputeRate, FxRate, ImportBatch
from governance.costs.serializers import bills as forms
from governance.costs.serializers import compute
from governance.kernel import money
from governance.kernel.errors import RuleBroken
from governance.kernel.rest.schema import PageQuery, page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, Given, one, shown


class EntryViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="record_cost_entries",
        request=forms.EntriesCreate,
        responses=writing(forms.BatchSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Labour, licences and own machines, as one batch; all rows are taken, or none."""
        rows = self.given(forms.EntriesCreate)["rows"]
        received = costs.record_entries(actor=self.actor, rows=rows)
        found = ImportBatch.objects.visible_to(self.actor)
        return shown(one(found, forms.BATCH, received.row.pk), 201)


class RateViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_rates",
        parameters=[forms.RateQuery],
        responses=reading(page_of(forms.RateSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Rates of exchange; the latest recorded of a day speaks."""
        query = self.asked(forms.RateQuery)
        found = FxRate.objects.open_to(self.actor).narrowed(query)
        return Response(self.page(found, forms.RATE, query))

    @extend_schema(
        operation_id="record_cost_rates",
        request=forms.RatesCreate,
        responses=writing(forms.RatesRecorded),
    )
    def create(self, _request: Request) -> Response:
        """Record rates, all or none. A better one for the same day is a new row."""
        rates = [_rate(row) for row in self.given(forms.RatesCreate)["rates"]]
        rows = costs.record_rates(actor=self.actor, rates=rates)
        return Response({"recorded": len(rows)}, status=201 if rows else 200)


class ComputeRateViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_compute_rates",
        parameters=[PageQuery],
        responses=reading(page_of(compute.ComputeRateSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """What an hour of checking costs; of a day, the latest that has begun speaks."""
        query = self.asked(PageQuery)
        found = ComputeRate.objects.visible_to(self.actor)
        return Response(self.page(found, compute.COMPUTE_RATE, query))

    @extend_schema(
        operation_id="record_compute_rate",
        request=compute.ComputeRateCreate,
        responses=writing(compute.ComputeRateSerializer),
    )
    def create(self, _request: Request) -> Response:
        """State what an hour of checking costs from a day on."""
        values = self.given(compute.ComputeRateCreate)
        row = costs.record_compute_rate(actor=self.actor, **values)
        rows = ComputeRate.objects.visible_to(self.actor)
        return shown(one(rows, compute.COMPUTE_RATE, row.pk), 201)


def _rate(row: Given) -> costs.RateFields:
    try:
        rate, _ = money.from_text(row["rate"])
    except ValueError as error:
        message = f"{row['rate'][:40]!r} is no number; write it like 1.0832."
        raise RuleBroken("bad-value", message, errors={"rate": [message]}) from error
    return costs.RateFields(
        day=row["day"],
        base=row["base"].upper(),
        target=row["target"].upper(),
        rate=rate,
        origin=row["origin"],
    )
