from django.urls import URLPattern, URLResolver, path

from governance.access import api, pages

app_name = "access"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.account, name="account"),
    path("tokens/", pages.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", pages.token_revoke, name="token-revoke"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", api.MeView.as_view(), name="me"),
    path("teams/", api.TeamsView.as_view(), name="team-list"),
    path("tokens/", api.TokenViewSet.as_view({"get": "list", "post": "create"}), name="token-list"),
    path(
        "tokens/<uuid:pk>/",
        api.TokenViewSet.as_view({"delete": "destroy"}),
        name="token-detail",
    ),
]
