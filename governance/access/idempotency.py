"""``Idempotency-Key``: a write that is sent again has one effect and one answer.

A claim (one row for a person and key) stands before the work and holds the answer after it. A
claim without an answer is work under way; when it stays so, nobody knows how the work ended, and
it is not done a second time behind the caller's back.
"""

import hashlib
import json
from datetime import timedelta
from typing import Any, cast

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.models import IdempotentRequest
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict, Invalid, RuleBroken
from governance.kernel.rest.rendering import OrjsonRenderer

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_MAX_KEY = 200
_ABANDONED = timedelta(minutes=2)
_FIRST_ERROR = 400
_TRIES = 3
_MULTIPART = "multipart/form-data"


class Replayed(Exception):
    """The request was answered before; ``response`` is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def fingerprint(request: Request) -> str:
    """Return what tells this request from another: method, address, and all that it carries.

    Keyed: a body may hold what a plain digest would let a reader of the table guess.
    """
    kind = (request.content_type or "").split(";")[0].strip().lower()
    carried = _parts(request) if kind == _MULTIPART else _sha256([request._request.body])  # noqa: SLF001
    described = "\n".join([request.method or "", request.get_full_path(), kind, carried])
    return str(salted_hmac("assay.idempotency", described, algorithm="sha256").hexdigest())


def claim(actor: Actor, key: str, described: str) -> IdempotentRequest:
    """Take ``key`` for the request that ``described`` is the fingerprint of.

    Raises ``Replayed``; ``Conflict`` while the first request runs, or when nobody knows how it
    ended; ``RuleBroken`` when the key belongs to another request; ``Invalid`` for a bad key.
    """
    if len(key) > _MAX_KEY or "\x00" in key:
        raise Invalid("bad-idempotency-key", f"{HEADER} holds at most {_MAX_KEY} characters.")
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return IdempotentRequest.objects.create(
                    actor_id=actor.id, key=key, fingerprint=described
                )
        except IntegrityError:
            known = find(actor, key)
        if known is not None:  # None: the first request was refused just now, and its key is free
            raise _repetition(known, described)
    raise Conflict("still-running", "Another request with this key is still running.")


def find(actor: Actor, key: str) -> IdempotentRequest | None:
    return IdempotentRequest.objects.filter(actor_id=actor.id, key=key).first()


def settle(claimed: IdempotentRequest, response: Response | None) -> None:
    """Keep the answer. A refusal (or None: a defect, rolled back) frees the key instead."""
    rows = IdempotentRequest.objects.filter(pk=claimed.pk)
    if response is None or response.status_code >= _FIRST_ERROR:
        rows.delete()
    else:
        rows.update(status=response.status_code, body=_plain(response.data))


def forget() -> int:
    """Delete claims of more than a day ago; returns how many they were."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def _repetition(known: IdempotentRequest, described: str) -> Exception:
    if known.fingerprint != described:
        return RuleBroken("idempotency-key-reused", f"This {HEADER} was used for another request.")
    if known.status is not None:
        headers = {"Idempotency-Replayed": "true"}
        return Replayed(Response(known.body, status=known.status, headers=headers))
    if known.created_at > timezone.now() - _ABANDONED:
        return Conflict("still-running", "The first request with this key is still running.")
    return Conflict(
        "unknown-outcome",
        "The first request with this key never answered, so its outcome is unknown. Look whether "
        "what it should have made exists; if not, send it again under a new key.",
    )


def _parts(request: Request) -> str:
    """Return the digest of a form's fields and of each file's name, type and bytes."""
    described = [
        [name, [_file(v) if isinstance(v, UploadedFile) else v for v in values]]
        for name, values in sorted(cast("QueryDict", request.data).lists())
    ]
    return _sha256([json.dumps(described).encode()])


def _file(upload: "UploadedFile[Any]") -> list[str | None]:
    known = getattr(upload, "sha256", None)
    if not isinstance(known, str):
        known = _sha256(upload.chunks())
        upload.seek(0)
    return [upload.name, upload.content_type, str(upload.size), known]


def _sha256(pieces: Any) -> str:
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def _plain(body: Any) -> Any:
    """Return the body as the renderer writes it, so that a repetition reads the same."""
    return None if body is None else orjson.loads(OrjsonRenderer().render(body))
