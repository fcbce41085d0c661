"""Usage over REST: recorded in bulk, read back."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.commands import Recorded
from governance.costs.models import UsageMetric
from governance.costs.serializers import usage as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet


class UsageViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_usage",
        parameters=[forms.UsageQuery],
        responses=reading(page_of(forms.UsageSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """What was recorded, newest first; the rows that speak now unless ``all`` is asked."""
        query = self.asked(forms.UsageQuery)
        found = UsageMetric.objects.narrowed(query).visible_to(self.actor)
        found = found if query["all"] else found.speaking()
        return Response(self.page(found, forms.USAGE, query))

    @extend_schema(
        operation_id="record_usage",
        request=forms.UsageCreate,
        responses=writing(forms.RecordedSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Record up to 10,000 rows; the same again changes nothing, another quantity restates."""
        values = self.given(forms.UsageCreate)
        done = costs.record_usage(actor=self.actor, rows=values["rows"])
        return Response(_body(done), status=201 if done.recorded else 200)


def _body(done: Recorded) -> dict[str, object]:
    refused = [{"row": one.place, "why": list(one.why)} for one in done.refused]
    counted = {"restated": done.restated, "unchanged": done.unchanged, "refused": refused}
    return {"recorded": done.recorded, **counted}
