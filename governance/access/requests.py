"""The request as views get it, behind the doors: somebody is signed in."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from governance.kernel.actor import Actor


class ActorRequest(HttpRequest):
    """For annotations only: ``DoorMiddleware`` and django-htmx put both on every request."""

    actor: Actor
    htmx: HtmxDetails
