"""What was bought in advance, over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs.models import ContractCommitment
from governance.costs.presentation import commitments
from governance.costs.serializers import commitments as forms
from governance.kernel.rest.paging import DEFAULT_SIZE, keyset_page
from governance.kernel.rest.schema import PageQuery, page_of, reading
from inventory.catalog.api.base import CatalogViewSet


class CommitmentViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_commitments",
        parameters=[PageQuery],
        responses=reading(page_of(forms.CommitmentSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Every commitment as last stated, with what was bought and used of it so far."""
        query = self.asked(PageQuery)
        rows = ContractCommitment.objects.visible_to(self.actor).speaking().select_related("batch")
        size, cursor = query.get("limit", DEFAULT_SIZE), query.get("cursor")
        page = keyset_page(rows, order=("-end", "id"), size=size, cursor=cursor)
        items = [forms.commitment(one) for one in commitments.shown(page.items)]
        return Response({"items": items, "next": page.next_cursor})
