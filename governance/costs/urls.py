from django.urls import URLPattern, URLResolver, path

from governance.costs.api.targets import TargetViewSet
from governance.costs.api.usage import UsageViewSet
from governance.costs.views import explorer, overview, targets, usage

app_name = "costs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("explorer/", explorer.explorer, name="explorer"),
    path("charges/", explorer.charge_list, name="charge-list"),
    path("charges/<int:number>/", explorer.charge_detail, name="charge-detail"),
    path("targets/", targets.target_list, name="target-list"),
    path("targets/new/", targets.target_create, name="target-create"),
    path("targets/<uuid:pk>/", targets.target_detail, name="target-detail"),
    path("targets/<uuid:pk>/retire/", targets.target_retire, name="target-retire"),
    path("usage/", usage.usage_list, name="usage-list"),
    path("usage/upload/", usage.usage_upload, name="usage-upload"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "costs/targets/",
        TargetViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-target-list",
    ),
    path(
        "costs/targets/<uuid:pk>/",
        TargetViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="cost-target-detail",
    ),
    path(
        "costs/targets/<uuid:pk>/retire/",
        TargetViewSet.as_view({"post": "retire"}),
        name="cost-target-retire",
    ),
    path(
        "costs/usage/",
        UsageViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-usage-list",
    ),
]
