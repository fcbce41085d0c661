from django.urls import URLPattern, URLResolver, path

from audits.runs import api, views

app_name = "runs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.run_list, name="run-list"),
    path("request/<uuid:pk>/", views.run_request, name="run-request"),
    path("of/<uuid:pk>/", views.version_runs, name="version-runs"),
    path("checks/<uuid:pk>/", views.check_detail, name="check-detail"),
    path("checks/<uuid:pk>/outcome.json", views.check_outcome, name="check-outcome"),
    path("<uuid:pk>/", views.run_detail, name="run-detail"),
    path("<uuid:pk>/live/", views.run_live, name="run-live"),
    path("<uuid:pk>/plan/", views.run_plan, name="run-plan"),
    path("<uuid:pk>/log/", views.run_log, name="run-log"),
    path("<uuid:pk>/cancel/", views.run_cancel, name="run-cancel"),
    path("<uuid:pk>/outcomes.json", views.run_outcomes, name="run-outcomes"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("runs/", api.RunViewSet.as_view({"get": "list", "post": "create"}), name="run-list"),
    path("runs/<uuid:pk>/", api.RunViewSet.as_view({"get": "retrieve"}), name="run-detail"),
    path("runs/<uuid:pk>/cancel/", api.RunCancelView.as_view(), name="run-cancel"),
    path("runs/<uuid:pk>/log/", api.RunLogView.as_view(), name="run-log"),
    path("checks/<uuid:pk>/", api.CheckView.as_view(), name="check-detail"),
]
