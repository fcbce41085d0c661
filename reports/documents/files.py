"""Sealed files by their digest, and the same contents as pages, in the organisation's storage."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from governance.kernel.canonical import sha256_hex
from governance.kernel.errors import Missing


def _name(digest: str) -> str:
    return f"reports/{digest[:2]}/{digest}.pdf"


def keep(data: bytes) -> str:
    """Store a sealed file and return its digest; storing the same bytes again does nothing."""
    digest = sha256_hex(data)
    if not default_storage.exists(_name(digest)):
        default_storage.save(_name(digest), ContentFile(data))
    return digest


def read(digest: str) -> bytes:
    """Return the sealed file; raises ``Missing`` when the storage does not have it."""
    try:
        with default_storage.open(_name(digest)) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        told = f"The storage lacks the sealed file {digest}; restore it from a backup."
        raise Missing("file-missing", told) from error
    return data


def keep_page(content_digest: str, html: str) -> None:
    """Store a content as it reads in a browser; the same content again does nothing."""
    name = _page_name(content_digest)
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(html.encode()))


def read_page(content_digest: str) -> str | None:
    """Return the page of a content; None while it has not been drawn."""
    try:
        with default_storage.open(_page_name(content_digest)) as file:
            return str(file.read().decode())
    except FileNotFoundError:
        return None


def _page_name(content_digest: str) -> str:
    return f"reports/{content_digest[:2]}/{content_digest}.html"
