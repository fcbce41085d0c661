"""Artifacts, dataset versions, environments, model versions and deployments."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog import commands
from inventory.catalog.api.base import CatalogViewSet, Given, by_key, one, shown, team_id
from inventory.catalog.models import (
    Artifact,
    DatasetVersion,
    Deployment,
    Environment,
    ModelVersion,
)
from inventory.catalog.rules.fields import (
    DataVersionFields,
    DeploymentFields,
    EnvironmentFields,
    VersionFields,
)
from inventory.catalog.serializers import made as forms
from inventory.catalog.serializers import rows
from inventory.catalog.serializers.things import TeamQuery

_UPLOAD = "multipart/form-data"
_VERSION_KEYS = ("artifact", "training_data", "environment", "predecessor")


def _equal(found: Any, query: Given, paths: dict[str, str]) -> Any:
    return found.filter(**{path: query[name] for name, path in paths.items() if query.get(name)})


class ArtifactViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.ArtifactQuery], responses=reading(page_of(forms.ArtifactSerializer))
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.ArtifactQuery)
        paths = {"team": "team__slug", "digest": "digest"}
        found = _equal(Artifact.objects.visible_to(self.actor), query, paths)
        return Response(self.page(found, rows.ARTIFACT, query))

    @extend_schema(
        request={_UPLOAD: forms.ArtifactCreate}, responses=writing(forms.ArtifactSerializer)
    )
    def create(self, _request: Request) -> Response:
        values = self.given(forms.ArtifactCreate)
        received = commands.receive_artifact(
            actor=self.actor,
            team_id=team_id(values["team"]),
            upload=values["file"],
            sha256=values.get("sha256"),
        )
        return self._answer(received.row.pk, 201 if received.fresh else 200)

    @extend_schema(responses=reading(forms.ArtifactSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Artifact.objects.visible_to(self.actor), rows.ARTIFACT, pk), status)


class DatasetVersionViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.DatasetVersionQuery],
        responses=reading(page_of(forms.DatasetVersionSerializer)),
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.DatasetVersionQuery)
        paths = {"dataset": "dataset_id", "digest": "digest"}
        found = _equal(DatasetVersion.objects.visible_to(self.actor), query, paths)
        return Response(self.page(found, rows.DATASET_VERSION, query))

    @extend_schema(
        request={_UPLOAD: forms.DatasetVersionCreate},
        responses=writing(forms.DatasetVersionSerializer),
    )
    def create(self, _request: Request) -> Response:
        values = self.given(forms.DatasetVersionCreate)
        upload, sha256 = values.pop("file"), values.pop("sha256", None)
        received = commands.receive_dataset_version(
            actor=self.actor,
            dataset_id=values.pop("dataset"),
            fields=DataVersionFields(**values),
            upload=upload,
            sha256=sha256,
        )
        return self._answer(received.row.pk, 201 if received.fresh else 200)

    @extend_schema(responses=reading(forms.DatasetVersionSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        found = DatasetVersion.objects.visible_to(self.actor)
        return shown(one(found, rows.DATASET_VERSION, pk), status)


class EnvironmentViewSet(CatalogViewSet):
    @extend_schema(parameters=[TeamQuery], responses=reading(page_of(forms.EnvironmentSerializer)))
    def list(self, _request: Request) -> Response:
        query = self.asked(TeamQuery)
        found = _equal(Environment.objects.visible_to(self.actor), query, {"team": "team__slug"})
        found = found.filter(name__icontains=query["q"]) if query.get("q") else found
        return Response(self.page(found, rows.ENVIRONMENT, query))

    @extend_schema(request=forms.EnvironmentCreate, responses=writing(forms.EnvironmentSerializer))
    def create(self, _request: Request) -> Response:
        values = self.given(forms.EnvironmentCreate)
        team = team_id(values.pop("team"))
        row = commands.record_environment(
            actor=self.actor, team_id=team, fields=EnvironmentFields(**values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.EnvironmentSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Environment.objects.visible_to(self.actor), rows.ENVIRONMENT, pk), status)


class VersionViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.VersionQuery], responses=reading(page_of(forms.VersionSerializer))
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.VersionQuery)
        found = _equal(ModelVersion.objects.visible_to(self.actor), query, {"model": "model_id"})
        return Response(self.page(found, rows.VERSION, query))

    @extend_schema(request=forms.VersionCreate, responses=writing(forms.VersionDetailSerializer))
    def create(self, _request: Request) -> Response:
        values = by_key(self.given(forms.VersionCreate), *_VERSION_KEYS)
        row = commands.create_version(
            actor=self.actor, model_id=values.pop("model"), fields=VersionFields(**values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.VersionDetailSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        visible = ModelVersion.objects.visible_to(self.actor)
        row = one(visible, rows.VERSION, pk)
        row["content_digest"] = ModelVersion.objects.whole().get(pk=pk).content_digest()
        return shown(row, status)


class DeploymentViewSet(CatalogViewSet):
    @extend_schema(
        parameters=[forms.DeploymentQuery],
        responses=reading(page_of(forms.DeploymentSerializer)),
    )
    def list(self, _request: Request) -> Response:
        query = self.asked(forms.DeploymentQuery)
        paths = {"version": "version_id", "model": "version__model_id"}
        found = _equal(Deployment.objects.visible_to(self.actor), query, paths)
        found = found.current() if query.get("current") else found
        return Response(self.page(found, rows.DEPLOYMENT, query))

    @extend_schema(request=forms.DeploymentCreate, responses=writing(forms.DeploymentSerializer))
    def create(self, _request: Request) -> Response:
        values = by_key(self.given(forms.DeploymentCreate), "rollback_target")
        row = commands.record_deployment(
            actor=self.actor, version_id=values.pop("version"), fields=DeploymentFields(**values)
        )
        return self._answer(row.pk, 201)

    @extend_schema(responses=reading(forms.DeploymentSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(request=forms.DeploymentEnd, responses=writing(forms.DeploymentSerializer))
    def end(self, _request: Request, pk: uuid.UUID) -> Response:
        values = self.given(forms.DeploymentEnd)
        row = commands.end_deployment(actor=self.actor, deployment_id=pk, **values)
        return self._answer(row.pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(Deployment.objects.visible_to(self.actor), rows.DEPLOYMENT, pk), status)
