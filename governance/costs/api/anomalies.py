"""Days that stand out over REST: read and answered."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import CostAnomaly
from governance.costs.serializers import plans as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class AnomalyViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_anomalies",
        parameters=[forms.AnomalyQuery],
        responses=reading(page_of(forms.AnomalySerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Days that stood out, the latest found first."""
        query = self.asked(forms.AnomalyQuery)
        found = CostAnomaly.objects.visible_to(self.actor).narrowed(query)
        return Response(self.page(found, forms.ANOMALY, query))

    @extend_schema(operation_id="read_cost_anomaly", responses=reading(forms.AnomalySerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One day, with what people said of it."""
        return self._answer(pk)

    @extend_schema(
        operation_id="answer_cost_anomaly",
        request=forms.AnswerWrite,
        responses=writing(forms.AnomalySerializer, 200),
    )
    def answer(self, _request: Request, pk: uuid.UUID) -> Response:
        """Acknowledge it, explain it with a link, or call it a false alarm."""
        values = self.given(forms.AnswerWrite)
        costs.answer_anomaly(actor=self.actor, anomaly_id=pk, **values)
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID) -> Response:
        return shown(one(CostAnomaly.objects.visible_to(self.actor), forms.ANOMALY, pk))
