"""Every route of the site. ``governance.access.doors`` says who may enter each."""

from django.urls import include, path

from governance.portal import api as portal_api
from governance.portal import views as portal

urlpatterns = [
    path("", include("governance.portal.urls")),
    path("", include("inventory.catalog.urls")),
    path("runs/", include("audits.runs.urls")),
    path("policies/", include("governance.policies.urls")),
    path("cases/", include("governance.approvals.urls")),
    path("costs/", include("governance.costs.urls")),
    path("reports/", include("reports.documents.urls")),
    path("account/", include("governance.access.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("", include("django_prometheus.urls")),
    path("api/v1/", include(portal_api.urlpatterns)),
]
handler400 = portal.bad_request
handler403 = portal.forbidden
handler404 = portal.not_found
handler500 = portal.defect
