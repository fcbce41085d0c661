"""Whether what was billed is what was shared out, over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs.querysets.reconciliation import reconciliation
from governance.costs.serializers.reconciliation import (
    ReconciliationQuery,
    ReconciliationSerializer,
    reconciliation_body,
)
from governance.kernel.rest.schema import reading
from inventory.catalog.api.base import CatalogViewSet


class ReconciliationViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="reconcile_costs",
        parameters=[ReconciliationQuery],
        responses=reading(ReconciliationSerializer),
    )
    def retrieve(self, _request: Request) -> Response:
        """A month's bills against what was shared out, exact, today or as it stood; for who sees
        all costs.
        """
        asked = self.asked(ReconciliationQuery)
        found = reconciliation(self.actor, asked["period"], asked.get("as_of"))
        return Response(reconciliation_body(found))
