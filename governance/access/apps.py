from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "governance.access"
    label = "access"

    def ready(self) -> None:
        from governance.access import schema  # noqa: F401 - registers itself with drf-spectacular
