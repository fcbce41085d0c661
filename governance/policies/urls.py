from django.urls import URLPattern, URLResolver, path

from governance.policies import api, views

app_name = "policies"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.policy_list, name="policy-list"),
    path("<uuid:pk>/", views.policy_detail, name="policy-detail"),
    path("<uuid:pk>/text/", views.policy_text, name="policy-text"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", api.PolicyViewSet.as_view({"get": "list"}), name="policy-list"),
    path(
        "policies/<uuid:pk>/", api.PolicyViewSet.as_view({"get": "retrieve"}), name="policy-detail"
    ),
]
