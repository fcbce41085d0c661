"""What every model and version cost, was planned, is expected and returns, over REST."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs.querysets.model_table import Asked, asked_of, listed_models, model_table
from governance.costs.querysets.published import published_months
from governance.costs.serializers import model_table as forms
from governance.kernel.rest.paging import DEFAULT_SIZE, keyset_page
from governance.kernel.rest.schema import page_of, reading
from inventory.catalog.api.base import ORDER, CatalogViewSet


class ModelMoneyViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_model_money",
        parameters=[forms.ModelTableQuery],
        responses=reading(page_of(forms.ModelMoneySerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Each model's money by version: spent, planned, expected, and what it returns."""
        query = self.asked(forms.ModelTableQuery)
        asked = _asked(query)
        page = keyset_page(
            listed_models(self.actor, asked, query),
            order=ORDER,
            size=query.get("limit", DEFAULT_SIZE),
            cursor=query.get("cursor"),
        )
        months = asked.months[0], asked.months[-1]
        rows = model_table(self.actor, page.items, asked)
        items = [forms.row_body(row, *months) for row in rows]
        return Response({"items": items, "next": page.next_cursor})


def _asked(query: dict[str, Any]) -> Asked:
    """Return what is asked; without a month and anything published, about the present one."""
    latest = query.get("months") or published_months(1)
    months = latest or [timezone.localdate().replace(day=1)]
    return asked_of(months, query.get("currency", ""))
