"""Receiving files: streamed to disk, hashed on the way, cut off at the cap.

The user's file name is data, never a path. Nothing is opened here; the sandbox does that.
"""

import hashlib
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from governance.kernel.errors import TooLarge
from governance.kernel.rest import API_PREFIX

STRANGERS_BYTES = 32 * 1024 * 1024


class HashingUploadHandler(TemporaryFileUploadHandler):
    """Every upload goes to a temporary file and carries its SHA-256 as ``sha256``.

    A file beyond the cap is read to its end but not written, and carries ``beyond_cap``: the parser
    runs inside Django's CSRF check, where no error of ours would reach the page that tells of it.
    The cap holds for all files of a request together. It is small for strangers, who may verify a
    report and nothing else: Django parses a body before any door is asked.
    """

    chunk_size = 1024 * 1024

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._hash = hashlib.sha256()
        self._cap = self._allowed()

    def _allowed(self) -> int:
        user = getattr(self.request, "user", None)
        if (user is not None and user.is_authenticated) or self._checked_already():
            return int(settings.ASSAY_MAX_UPLOAD_BYTES)
        return min(STRANGERS_BYTES, settings.ASSAY_MAX_UPLOAD_BYTES)

    def _checked_already(self) -> bool:
        """Whether a token was read before this body: the API refuses a wrong one unparsed.

        Pages take no token, and the API lets other credentials pass as none.
        """
        sent = getattr(self.request, "META", {}).get("HTTP_AUTHORIZATION", "").lower().split()
        over_api = getattr(self.request, "path", "").startswith(API_PREFIX)
        return over_api and sent[:1] == ["bearer"]

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if self._received > self._cap:
            self.file.truncate(0)
            return
        self._hash.update(raw_data)
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        done: Any = super().file_complete(file_size)
        done.sha256 = self._hash.hexdigest()
        done.beyond_cap = self._received > self._cap
        return done


def require_within_cap(upload: "UploadedFile[Any]") -> None:
    """Raise ``TooLarge`` for a file that was cut off on the way in."""
    if getattr(upload, "beyond_cap", False):
        limit = settings.ASSAY_MAX_UPLOAD_BYTES // (1024 * 1024)
        message = f"Files may hold at most {limit} MB; nothing was kept."
        raise TooLarge("too-large", message, errors={"file": [message]})


def sha256_of(upload: "UploadedFile[Any]") -> str:
    """Return the digest taken on the way in; hashes the file when another handler received it."""
    known = getattr(upload, "sha256", None)
    if isinstance(known, str):
        return known
    total = hashlib.sha256()
    for chunk in upload.chunks():
        total.update(chunk)
    upload.seek(0)
    return total.hexdigest()
