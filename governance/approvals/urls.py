from django.urls import URLPattern, URLResolver, path

from governance.approvals.api import burden as burden_api
from governance.approvals.api import cases as api
from governance.approvals.views import burden
from governance.approvals.views import cases as views

app_name = "approvals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.case_list, name="case-list"),
    path("costs/", burden.burden_list, name="burden-list"),
    path("open/<uuid:pk>/", views.case_open, name="case-open"),
    path("of-version/<uuid:pk>/", views.version_cases, name="version-cases"),
    path("badges/", views.status_badges, name="status-badges"),
    path("conditions/<uuid:pk>/meet/", views.condition_meet, name="condition-meet"),
    path("<uuid:pk>/", views.case_detail, name="case-detail"),
    path("<uuid:pk>/decide/", views.step_decide, name="step-decide"),
    path("<uuid:pk>/submit/", views.case_submit, name="case-submit"),
    path("<uuid:pk>/withdraw/", views.case_withdraw, name="case-withdraw"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "cases/",
        api.CaseViewSet.as_view({"get": "list", "post": "create"}),
        name="case-list",
    ),
    path("cases/costs/", burden_api.BurdenView.as_view(), name="case-costs"),
    path("cases/<uuid:pk>/", api.CaseViewSet.as_view({"get": "retrieve"}), name="case-detail"),
    path(
        "cases/<uuid:pk>/submit/", api.CaseViewSet.as_view({"post": "submit"}), name="case-submit"
    ),
    path(
        "cases/<uuid:pk>/withdraw/",
        api.CaseViewSet.as_view({"post": "withdraw"}),
        name="case-withdraw",
    ),
    path(
        "cases/<uuid:pk>/statement/",
        api.CaseViewSet.as_view({"get": "statement"}),
        name="case-statement",
    ),
    path("cases/<uuid:pk>/decisions/", api.DecisionView.as_view(), name="case-decisions"),
    path("conditions/", api.ConditionViewSet.as_view({"get": "list"}), name="condition-list"),
    path(
        "conditions/<uuid:pk>/meet/",
        api.ConditionViewSet.as_view({"post": "meet"}),
        name="condition-meet",
    ),
    path(
        "gates/<uuid:version_id>/<slug:action>/",
        api.GateView.as_view(),
        name="gate-detail",
    ),
]
