"""What the catalogue's viewsets share: pages of flat rows, one row, and answers to writes."""

import uuid
from typing import Any, TypeVar

import orjson
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.models import Team
from governance.access.rest import GovernedViewSet
from governance.kernel.errors import Missing
from governance.kernel.rest.etags import etag_of, require_match
from governance.kernel.rest.paging import DEFAULT_SIZE, keyset_page
from inventory.catalog.serializers.rows import Reading, Shown

ORDER = ("-id",)  # ids carry their time: newest first, on the primary key
Given = dict[str, Any]
Body = TypeVar("Body", bound=serializers.Serializer[Any])


class CatalogViewSet(GovernedViewSet):
    """Subclasses name their queryset and reading, and carry the operations."""

    def given(self, form: type[Body], *, partial: bool = False) -> Given:
        """Return the checked body; raises ``ValidationError`` (400) naming the fields."""
        body = form(data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def asked(self, form: type[Body]) -> Given:
        """Return the checked query string."""
        query = form(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    def page(self, rows: Any, reading: Reading, query: Given) -> Given:
        """Return one keyset page as the API shows it."""
        found = keyset_page(
            rows,
            order=ORDER,
            size=query.get("limit", DEFAULT_SIZE),
            cursor=query.get("cursor"),
            fields=reading.fields,
        )
        return {"items": [reading.shape(row) for row in found.items], "next": found.next_cursor}


def one(rows: Any, reading: Reading, key: uuid.UUID) -> Shown:
    """Return one visible row as the API shows it; raises ``Missing``."""
    found = list(rows.filter(pk=key).order_by().values(*reading.fields))
    if not found:
        raise Missing("not-found", "There is nothing here that you may see.")
    return reading.shape(found[0])


def team_id(slug: str) -> uuid.UUID:
    """Return a team's key by its slug; raises ``Missing``."""
    key = Team.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if key is None:
        raise Missing("no-such-team", f"There is no team {slug!r}.")
    return key


def by_key(values: Given, *names: str) -> Given:
    """Return ``values`` with the foreign keys ``names`` under the names that commands use."""
    return {f"{name}_id" if name in names else name: value for name, value in values.items()}


def seen_revision(request: Request, revision: int) -> int | None:
    """Return the revision that a write must still find; raises ``Moved`` (``If-Match``)."""
    require_match(request, etag_of(revision))
    given = request.headers.get("If-Match")
    return None if given in {None, "*"} else revision


def shown(row: Shown, status: int = 200) -> Response:
    """Answer with one row and its ETag, as plain JSON values that can be kept and given again."""
    plain = orjson.loads(orjson.dumps(row, default=str, option=orjson.OPT_UTC_Z))
    headers = {"ETag": etag_of(row["revision"])} if "revision" in row else {}
    return Response(plain, status=status, headers=headers)
