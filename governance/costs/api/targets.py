"""Targets over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import Target
from governance.costs.serializers import targets as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, by_key, one, shown


class TargetViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_targets",
        parameters=[forms.TargetQuery],
        responses=reading(page_of(forms.TargetSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """What money can be charged to, as far as you may see it."""
        query = self.asked(forms.TargetQuery)
        found = Target.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.TARGET, query))

    @extend_schema(
        operation_id="create_cost_pool",
        request=forms.PoolCreate,
        responses=writing(forms.TargetSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Make a pool; all other targets follow the inventory."""
        values = by_key(self.given(forms.PoolCreate), "owner")
        row = costs.create_pool(actor=self.actor, **values)
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_cost_target", responses=reading(forms.TargetSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="edit_cost_target",
        request=forms.TargetWrite,
        responses=writing(forms.TargetSerializer, 200),
    )
    def partial_update(self, _request: Request, pk: uuid.UUID) -> Response:
        """Change what tags call a target, who owns it, or a pool's name."""
        changes = by_key(self.given(forms.TargetWrite, partial=True), "owner")
        costs.edit_target(actor=self.actor, target_id=pk, changes=changes)
        return self._answer(pk)

    @extend_schema(
        operation_id="retire_cost_target",
        request=forms.TargetRetire,
        responses=writing(forms.TargetSerializer),
    )
    def retire(self, _request: Request, pk: uuid.UUID) -> Response:
        """Let later charges go to a successor, or stay unallocated."""
        values = self.given(forms.TargetRetire)
        costs.retire_target(actor=self.actor, target_id=pk, **values)
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Target.objects.visible_to(self.actor), forms.TARGET, pk), status)
