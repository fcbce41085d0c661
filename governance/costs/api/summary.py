"""What was spent, over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs.querysets.summary import summary
from governance.costs.serializers.summary import (
    SummaryQuery,
    SummarySerializer,
    question_of,
    summary_body,
)
from governance.kernel.rest.schema import reading
from inventory.catalog.api.base import CatalogViewSet


class SummaryViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="summarise_costs",
        parameters=[SummaryQuery],
        responses=reading(SummarySerializer),
    )
    def retrieve(self, _request: Request) -> Response:
        """Published money that you may see, cut by up to two dimensions, exact."""
        found = summary(self.actor, question_of(self.asked(SummaryQuery)))
        return Response(summary_body(found))
