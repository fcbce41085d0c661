"""The addresses of costs: its pages, and its part of the API."""

from governance.costs.urls.api import api_urlpatterns
from governance.costs.urls.pages import urlpatterns

__all__ = ["api_urlpatterns", "app_name", "urlpatterns"]

app_name = "costs"
