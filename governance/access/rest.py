"""The base of every API view: the actor at hand, and ``Idempotency-Key`` honoured on POST."""

from typing import Any, ClassVar

from django.http import HttpRequest
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from governance.access.authentication import actor_or_none
from governance.access.idempotency import HEADER, Replayed, claim, fingerprint, settle
from governance.access.models import IdempotentRequest
from governance.kernel.actor import Actor
from governance.kernel.rest.schema import problems


class GovernedView(APIView):
    """``idempotent`` False: repetitions are not kept, because the answer holds a secret."""

    idempotent: ClassVar[bool] = True
    _claim: IdempotentRequest | None = None

    @property
    def actor(self) -> Actor:
        """The caller; raises ``NotAuthenticated`` on a public route used by nobody."""
        actor = actor_or_none(self.request)
        if actor is None:
            raise NotAuthenticated
        return actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            answer: Any = super().dispatch(request, *args, **kwargs)
        except Exception:
            self._settle(None)
            raise
        self._settle(answer)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        actor = actor_or_none(request)
        if self.idempotent and request.method == "POST" and key and actor:
            self._claim = claim(actor, key, fingerprint(request))

    def handle_exception(self, exc: Exception) -> Response:
        return exc.response if isinstance(exc, Replayed) else super().handle_exception(exc)

    def _settle(self, answer: Response | None) -> None:
        if self._claim is not None:
            settle(self._claim, answer)


class GovernedViewSet(ViewSetMixin, GovernedView):
    """Viewset form of ``GovernedView``."""


class GovernedSchema(AutoSchema):
    """Says of every operation what the base of every view does: its header, its problems."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Lists answer with a page, one object that the view names."""
        del serializer
        return False

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        listed = getattr(self.view, "action", "") == "list"
        return f"{name.removesuffix('_retrieve')}_list" if listed else name

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Every operation can end in the problems of its method, whether its view names them."""
        bodies = super()._get_response_bodies(direction)
        writes = self.method != "GET"
        for (code, media_type), described in problems(writes=writes).items():
            if str(code) not in bodies:
                told = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    described, code, [media_type], direction
                )
                bodies[str(code)] = told
        return bodies

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST" or not getattr(self.view, "idempotent", False):
            return []
        return [
            OpenApiParameter(
                HEADER,
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="Repeat a POST safely: the same key gives the same answer.",
            )
        ]
