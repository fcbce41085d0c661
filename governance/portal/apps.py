from django.apps import AppConfig

from governance import celery


class PortalConfig(AppConfig):
    """The top floor: starting it starts the Celery application that web processes send with."""

    name = "governance.portal"
    label = "portal"

    def ready(self) -> None:
        celery.app.set_default()
