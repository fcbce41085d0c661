"""The API's root: every app's routes under ``/api/v1/``, its schema and its documentation."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from audits.runs.urls import api_urlpatterns as runs
from governance.access.urls import api_urlpatterns as access
from governance.approvals.urls import api_urlpatterns as approvals
from governance.costs.urls import api_urlpatterns as costs
from governance.kernel.rest.problems import not_found
from governance.policies.urls import api_urlpatterns as policies
from inventory.catalog.urls import api_urlpatterns as catalog
from reports.documents.urls import api_urlpatterns as documents

_routes: list[URLPattern | URLResolver] = [
    *access,
    *catalog,
    *policies,
    *runs,
    *costs,
    *approvals,
    *documents,
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^.*$", not_found, name="unknown"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((_routes, "api")))]
