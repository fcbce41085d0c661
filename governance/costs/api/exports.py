"""Published months as files for other systems: asked for, written by a worker, taken away."""

import uuid

from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.exporting import published_run
from governance.costs.kinds import ExportState
from governance.costs.models import AllocationRun, FocusExport
from governance.costs.presentation.exports import file_answer
from governance.costs.serializers import exports as forms
from governance.kernel.rest.schema import page_of, problems, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown

_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI_REF,
    OpenApiParameter.HEADER,
    description="Where the export's state is read.",
    response=[200, 202],
)


class FocusExportViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_focus_exports",
        parameters=[forms.FocusExportQuery],
        responses=reading(page_of(forms.FocusExportSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Exports asked for, the newest first, for who sees all costs."""
        query = self.asked(forms.FocusExportQuery)
        rows = FocusExport.objects.visible_to(self.actor).of_month(query.get("period"))
        return Response(self.page(rows, forms.EXPORT, query))

    @extend_schema(
        operation_id="request_focus_export",
        parameters=[_LOCATION],
        request=forms.FocusExportRequest,
        responses=writing(forms.FocusExportSerializer, 202),
    )
    def create(self, _request: Request) -> Response:
        """Have the month's published run written as FOCUS 1.3; 200 when the file is there."""
        month = self.given(forms.FocusExportRequest)["period"]
        run = published_run(AllocationRun.objects.visible_to(self.actor), month)
        row = costs.request_export(actor=self.actor, run_id=run.pk)
        answer = self._answer(row.pk, 200 if row.state == ExportState.READY else 202)
        answer["Location"] = reverse("api:cost-export-detail", args=[row.pk])
        return answer

    @extend_schema(operation_id="read_focus_export", responses=reading(forms.FocusExportSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One export: how far it is, and what the file holds once it is there."""
        return self._answer(pk)

    @extend_schema(
        operation_id="download_focus_export",
        responses={(200, "text/csv"): OpenApiTypes.BINARY} | problems(writes=False),
    )
    def file(self, _request: Request, pk: uuid.UUID) -> FileResponse:
        """The file: one row for each charge of each line. Data for machines: no text in it is made
        safe for a spreadsheet. Taking it away is noted in the ledger.
        """
        return file_answer(costs.take_export(actor=self.actor, export_id=pk))

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(FocusExport.objects.visible_to(self.actor), forms.EXPORT, pk), status)
