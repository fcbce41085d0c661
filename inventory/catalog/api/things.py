"""Use cases, models and datasets."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog import commands
from inventory.catalog.api.base import (
    CatalogViewSet,
    Given,
    by_key,
    one,
    seen_revision,
    shown,
    team_id,
)
from inventory.catalog.models import Dataset, RegisteredModel, UseCase
from inventory.catalog.querysets import named
from inventory.catalog.rules.fields import DatasetFields, ModelFields, UseCaseFields
from inventory.catalog.serializers import rows
from inventory.catalog.serializers import things as forms


def _narrowed(found: Any, query: Given) -> Any:
    if query.get("team"):
        found = found.filter(team__slug=query["team"])
    return found.filter(named(query["q"])) if query.get("q") else found


class UseCaseViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.TeamQuery], responses=reading(page_of(forms.UseCaseSerializer))
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.TeamQuery)
        found = _narrowed(UseCase.objects.visible_to(self.actor), query)
        return Response(self.page(found, rows.USE_CASE, query))

    @extend_schema(request=forms.UseCaseCreate, responses=writing(forms.UseCaseSerializer))
    def create(self, _request: Request) -> Response:
        values = by_key(self.given(forms.UseCaseCreate), "sponsor")
        team = team_id(values.pop("team"))
        row = commands.create_use_case(
            actor=self.actor, team_id=team, fields=UseCaseFields(**values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.UseCaseSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(request=forms.UseCaseWrite, responses=writing(forms.UseCaseSerializer, 200))
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        row = UseCase.objects.get_visible(self.actor, pk)
        revision = seen_revision(request, row.revision)
        changes = by_key(self.given(forms.UseCaseWrite, partial=True), "sponsor")
        commands.edit_use_case(actor=self.actor, use_case_id=pk, changes=changes, revision=revision)
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(UseCase.objects.visible_to(self.actor), rows.USE_CASE, pk), status)


class ModelViewSet(CatalogViewSet):
    @extend_schema(parameters=[forms.ModelQuery], responses=reading(page_of(forms.ModelSerializer)))
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.ModelQuery)
        found = RegisteredModel.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found.with_latest(), rows.MODEL, query))

    @extend_schema(request=forms.ModelCreate, responses=writing(forms.ModelSerializer))
    def create(self, _request: Request) -> Response:
        values = by_key(self.given(forms.ModelCreate), "use_case", "owner")
        team = team_id(values.pop("team"))
        row = commands.register_model(actor=self.actor, team_id=team, fields=ModelFields(**values))
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.ModelSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(request=forms.ModelWrite, responses=writing(forms.ModelSerializer, 200))
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        row = RegisteredModel.objects.get_visible(self.actor, pk)
        revision = seen_revision(request, row.revision)
        changes = by_key(self.given(forms.ModelWrite, partial=True), "use_case", "owner")
        commands.edit_model(actor=self.actor, model_id=pk, changes=changes, revision=revision)
        return self._answer(pk)

    @extend_schema(request=forms.ModelRetire, responses=writing(forms.ModelSerializer))
    def retire(self, _request: Request, pk: uuid.UUID) -> Response:
        """End a model's life for good; refused while a version of it runs."""
        commands.retire_model(actor=self.actor, model_id=pk, **self.given(forms.ModelRetire))
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        visible = RegisteredModel.objects.visible_to(self.actor)
        return shown(one(visible.with_latest(), rows.MODEL, pk), status)


class DatasetViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.TeamQuery], responses=reading(page_of(forms.DatasetSerializer))
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.TeamQuery)
        found = _narrowed(Dataset.objects.visible_to(self.actor), query)
        return Response(self.page(found, rows.DATASET, query))

    @extend_schema(request=forms.DatasetCreate, responses=writing(forms.DatasetSerializer))
    def create(self, _request: Request) -> Response:
        values = by_key(self.given(forms.DatasetCreate), "owner")
        team = team_id(values.pop("team"))
        row = commands.create_dataset(
            actor=self.actor, team_id=team, fields=DatasetFields(**values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.DatasetSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Dataset.objects.visible_to(self.actor), rows.DATASET, pk), status)
