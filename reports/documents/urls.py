from django.urls import URLPattern, URLResolver, path

from reports.documents import api, views

app_name = "documents"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.report_list, name="report-list"),
    path("verify/", views.report_verify, name="report-verify"),
    path("verify/<str:code>/", views.report_verify_code, name="report-verify-code"),
    path("<uuid:pk>/", views.report_detail, name="report-detail"),
    path("<uuid:pk>/live/", views.report_live, name="report-live"),
    path("<uuid:pk>/content/", views.report_content, name="report-content"),
    path("<uuid:pk>/download/", views.report_download, name="report-download"),
    path("<uuid:pk>/recall/", views.report_recall, name="report-recall"),
    path("request/<uuid:case_pk>/", views.report_request, name="report-request"),
    path("costs/", views.cost_report_request, name="cost-report-request"),
    path("of-version/<uuid:pk>/", views.version_reports, name="version-reports"),
    path("of-case/<uuid:pk>/", views.case_reports, name="case-reports"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "reports/", api.ReportViewSet.as_view({"get": "list", "post": "create"}), name="report-list"
    ),
    path("reports/costs/", api.CostReportView.as_view(), name="report-costs"),
    path("reports/verify/", api.VerifyView.as_view(), name="report-verify"),
    path(
        "reports/<uuid:pk>/", api.ReportViewSet.as_view({"get": "retrieve"}), name="report-detail"
    ),
    path("reports/<uuid:pk>/file/", api.ReportFileView.as_view(), name="report-file"),
    path("reports/<uuid:pk>/evidence/", api.ReportEvidenceView.as_view(), name="report-evidence"),
    path("reports/<uuid:pk>/recall/", api.ReportRecallView.as_view(), name="report-recall"),
]
