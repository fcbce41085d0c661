"""Published months as files for other systems."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from governance.costs.exporting import export_month
from governance.costs.models import AllocationRun
from governance.costs.serializers.summary import MonthField
from governance.kernel.rest.schema import problems
from inventory.catalog.api.base import CatalogViewSet


class ExportQuery(serializers.Serializer[object]):
    period = MonthField(help_text="A month with a published run, such as 2026-01.")


class FocusExportViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="export_costs_as_focus",
        parameters=[ExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.BINARY} | problems(writes=False),
    )
    def retrieve(self, _request: Request) -> FileResponse:
        """The published month as FOCUS 1.3, for who sees all costs: one row for each charge of
        each line. Data for machines: no text in it is made safe for a spreadsheet.
        """
        month = self.asked(ExportQuery)["period"]
        found = export_month(AllocationRun.objects.visible_to(self.actor), month)
        name = f"{found.run.public_id}-focus-1.3.csv"
        answer = FileResponse(
            found.file, as_attachment=True, filename=name, content_type="text/csv"
        )
        answer["Content-Length"] = str(found.size)
        answer["X-Columns-Not-Held"] = ", ".join(found.lacking)
        return answer
