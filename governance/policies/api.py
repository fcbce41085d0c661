"""Policies over REST: reading only; installing is done by the operator."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.rest import GovernedViewSet
from governance.kernel.rest.etags import etag_of
from governance.kernel.rest.paging import keyset_page, page_size
from governance.policies.models import PolicyVersion
from governance.policies.serializers import PolicyDetailSerializer, PolicyPageSerializer

FIELDS = (
    "id",
    "key",
    "number",
    "title",
    "digest",
    "state",
    "effective_from",
    "superseded_at",
)


class PolicyViewSet(GovernedViewSet):
    @extend_schema(
        operation_id="list_policies",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=PolicyPageSerializer,
    )
    def list(self, request: Request) -> Response:
        """Every policy version, the newest first."""
        page = keyset_page(
            PolicyVersion.objects.visible_to(self.actor),
            order=("-effective_from", "-id"),
            size=page_size(request.query_params.get("limit")),
            cursor=request.query_params.get("cursor"),
            fields=FIELDS,
        )
        return Response({"items": page.items, "next": page.next_cursor})

    @extend_schema(operation_id="read_policy", responses=PolicyDetailSerializer)
    def retrieve(self, _request: Request, pk: UUID) -> Response:
        """One version with its text and its parsed form."""
        version = PolicyVersion.objects.get_visible(self.actor, pk)
        body = {name: getattr(version, name) for name in (*FIELDS, "text", "document")}
        return Response(body, headers={"ETag": etag_of(version.digest, version.state)})
