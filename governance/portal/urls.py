from django.urls import path

from governance.portal import styleguide, trail, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
    path("trail/", trail.trail, name="trail"),
    path("trail/<int:seq>/", trail.trail_entry, name="trail-entry"),
    path("operations/", views.operations, name="operations"),
    path("operations/flows/<str:name>/retry/", views.flow_retry, name="flow-retry"),
    path("styleguide/", styleguide.page, name="styleguide"),
]
