"""What every operation's schema shares: the problem details of its errors, and pages of rows."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from governance.kernel.rest.paging import MAX_SIZE
from governance.kernel.rest.problems import MEDIA_TYPE

_SAID = {
    400: "The request cannot be understood, or a value is malformed.",
    401: "No valid token or session.",
    403: "The caller may not do this.",
    404: "There is nothing here that the caller may see.",
    405: "This method is not offered here.",
    406: "The answer cannot be given in a type that Accept names.",
    409: "Somebody was first, or the thing is in another state.",
    412: "The thing changed since it was read (If-Match).",
    413: "The body is larger than allowed.",
    415: "The content type is not accepted here.",
    422: "Understood, and against a rule.",
    429: "Too many requests; wait as long as Retry-After says.",
}
_ALWAYS = (400, 401, 403, 404, 406, 429)
_WRITING = (409, 412, 413, 415, 422)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(required=False)  # type: ignore[assignment]


class PageQuery(serializers.Serializer[Any]):
    """The query of every list; subclasses add their filters."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_SIZE)
    cursor = serializers.CharField(required=False, max_length=2000)


def reading(answer: Any) -> dict[Any, Any]:
    """Return the responses of a GET that answers with ``answer`` (a serializer)."""
    return {(200, "application/json"): answer} | _problems(_ALWAYS)


def writing(answer: Any, status: int = 201) -> dict[Any, Any]:
    """Return the responses of a write; 200 stands for a repetition that wrote nothing new."""
    good = {(code, "application/json"): answer for code in {status, 200}}
    return good | _problems((*_ALWAYS, *_WRITING))


def page_of(row: type[serializers.Serializer[Any]]) -> Any:
    """Return the serializer of one keyset page of ``row``."""
    name = row.__name__.removesuffix("Serializer")
    fields = {"items": row(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(f"{name}Page", fields)


def problems(*, writes: bool) -> dict[Any, Any]:
    """Return the problems that any operation may answer with."""
    return _problems((*_ALWAYS, *_WRITING) if writes else _ALWAYS)


def _problems(codes: tuple[int, ...]) -> dict[Any, Any]:
    return {
        (code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=_SAID[code])
        for code in codes
    }
