"""What money tells of the inventory, over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.kinds import HintState
from governance.costs.models import CostHint
from governance.costs.serializers import hints as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class ExceptionViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_exceptions",
        parameters=[forms.HintQuery],
        responses=reading(page_of(forms.HintSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Exceptions, savings and stuck work, the newest first."""
        query = self.asked(forms.HintQuery)
        found = CostHint.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.HINT, query))

    @extend_schema(operation_id="read_cost_exception", responses=reading(forms.HintSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="answer_cost_exception",
        request=forms.HintAnswer,
        responses=writing(forms.HintSerializer),
    )
    def answer(self, _request: Request, pk: uuid.UUID) -> Response:
        """Accept it as something to be done, put it off until a day, or close it."""
        values = self.given(forms.HintAnswer)
        values["answer"] = HintState(values["answer"])
        costs.answer_hint(actor=self.actor, hint_id=pk, **values)
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(CostHint.objects.visible_to(self.actor), forms.HINT, pk), status)
