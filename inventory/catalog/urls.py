"""The catalogue's pages and its part of the API."""

from typing import Any

from django.urls import URLPattern, URLResolver, path

from inventory.catalog.api import made, things
from inventory.catalog.api.base import CatalogViewSet
from inventory.catalog.views import data, models, running, use_cases, versions

app_name = "catalog"
urlpatterns: list[URLPattern | URLResolver] = [
    path("models/", models.model_list, name="model-list"),
    path("models/register/", models.model_register, name="model-register"),
    path("models/<uuid:pk>/", models.model_detail, name="model-detail"),
    path("models/<uuid:pk>/edit/", models.model_edit, name="model-edit"),
    path("models/<uuid:pk>/retire/", models.model_retire, name="model-retire"),
    path("models/<uuid:pk>/versions/", models.model_versions, name="model-versions"),
    path("models/<uuid:pk>/versions/new/", versions.version_create, name="version-create"),
    path("models/<uuid:pk>/compare/", versions.version_compare, name="version-compare"),
    path("models/<uuid:pk>/cases/", models.model_cases, name="model-cases"),
    path("models/<uuid:pk>/reports/", models.model_reports, name="model-reports"),
    path("models/<uuid:pk>/costs/", models.model_costs, name="model-costs"),
    path("models/<uuid:pk>/history/", models.model_history, name="model-history"),
    path("models/<uuid:pk>/share/", models.model_share, name="model-share"),
    path("models/<uuid:pk>/share/<uuid:user_pk>/end/", models.model_unshare, name="model-unshare"),
    path("versions/<uuid:pk>/", versions.version_detail, name="version-detail"),
    path("versions/<uuid:pk>/runs/", versions.version_runs, name="version-runs"),
    path("versions/<uuid:pk>/cases/", versions.version_cases, name="version-cases"),
    path("versions/<uuid:pk>/reports/", versions.version_reports, name="version-reports"),
    path("versions/<uuid:pk>/history/", versions.version_history, name="version-history"),
    path("versions/<uuid:pk>/deploy/", running.deployment_record, name="deployment-record"),
    path("deployments/<uuid:pk>/end/", running.deployment_end, name="deployment-end"),
    path(
        "artifacts/<uuid:pk>/inspection/", versions.artifact_inspection, name="artifact-inspection"
    ),
    path("data/", data.dataset_list, name="dataset-list"),
    path("data/upload/", data.dataset_upload, name="dataset-upload"),
    path("data/<uuid:pk>/", data.dataset_detail, name="dataset-detail"),
    path("data/<uuid:pk>/history/", data.dataset_history, name="dataset-history"),
    path(
        "data/versions/<uuid:pk>/inspection/",
        data.dataset_version_inspection,
        name="dataset_version-inspection",
    ),
    path("use-cases/", use_cases.use_case_list, name="use_case-list"),
    path("use-cases/new/", use_cases.use_case_create, name="use_case-create"),
    path("use-cases/<uuid:pk>/", use_cases.use_case_detail, name="use_case-detail"),
    path("use-cases/<uuid:pk>/edit/", use_cases.use_case_edit, name="use_case-edit"),
    path("use-cases/<uuid:pk>/history/", use_cases.use_case_history, name="use_case-history"),
    path("environments/", running.environment_list, name="environment-list"),
    path("environments/record/", running.environment_record, name="environment-record"),
    path("environments/<uuid:pk>/", running.environment_detail, name="environment-detail"),
]

_LIST: Any = {"get": "list", "post": "create"}
_ONE = {"get": "retrieve"}
_EDITABLE = {"get": "retrieve", "patch": "partial_update"}


def _routes(noun: str, place: str, views: type[CatalogViewSet], one: Any) -> list[URLPattern]:
    return [
        path(f"{place}/", views.as_view(_LIST), name=f"{noun}-list"),
        path(f"{place}/<uuid:pk>/", views.as_view(one), name=f"{noun}-detail"),
    ]


api_urlpatterns: list[URLPattern | URLResolver] = [
    *_routes("use_case", "use-cases", things.UseCaseViewSet, _EDITABLE),
    *_routes("model", "models", things.ModelViewSet, _EDITABLE),
    path(
        "models/<uuid:pk>/retire/",
        things.ModelViewSet.as_view({"post": "retire"}),
        name="model-retire",
    ),
    *_routes("version", "versions", made.VersionViewSet, _ONE),
    *_routes("artifact", "artifacts", made.ArtifactViewSet, _ONE),
    *_routes("dataset", "datasets", things.DatasetViewSet, _ONE),
    *_routes("dataset_version", "dataset-versions", made.DatasetVersionViewSet, _ONE),
    *_routes("environment", "environments", made.EnvironmentViewSet, _ONE),
    *_routes("deployment", "deployments", made.DeploymentViewSet, _ONE),
    path(
        "deployments/<uuid:pk>/end/",
        made.DeploymentViewSet.as_view({"post": "end"}),
        name="deployment-end",
    ),
]
