"""What a model is worth, and planned lives of versions, over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import PlannedLife
from governance.costs.querysets.model_money import priced_model
from governance.costs.querysets.worth import model_worth
from governance.costs.serializers import worth as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class WorthViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="read_model_worth",
        parameters=[forms.WorthQuery],
        responses=reading(forms.WorthSerializer),
    )
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """What a model's versions cost in full and what it returns, by currency."""
        model = priced_model(self.actor, pk)
        query = self.asked(forms.WorthQuery)
        found = model_worth(self.actor, model, query["start"], query["end"])
        return Response(forms.worth_body(found))


class PlannedLifeViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_planned_lives",
        parameters=[forms.LifeQuery],
        responses=reading(page_of(forms.PlannedLifeSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """What was stated of versions' planned lives; the latest of each speaks."""
        query = self.asked(forms.LifeQuery)
        found = PlannedLife.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.LIFE, query))

    @extend_schema(
        operation_id="state_planned_life",
        request=forms.LifeCreate,
        responses=writing(forms.PlannedLifeSerializer),
    )
    def create(self, _request: Request) -> Response:
        """State how long a version is meant to be used; it holds from today on."""
        values = self.given(forms.LifeCreate)
        version = values.pop("version")
        row = costs.state_life(actor=self.actor, version_id=version, **values)
        return shown(one(PlannedLife.objects.visible_to(self.actor), forms.LIFE, row.pk), 201)
