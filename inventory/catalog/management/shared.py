"""What the catalogue's shell commands share: files as uploads, and things by id, number or name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import CommandError

from inventory.catalog.querysets import named


@contextmanager
def opened(path: Path) -> Iterator["UploadedFile[Any]"]:
    """Open a file of this machine as the upload that commands take."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        size = path.stat().st_size
        upload: UploadedFile[Any] = UploadedFile(file, name=path.name, size=size)
        upload.beyond_cap = size > settings.ASSAY_MAX_UPLOAD_BYTES  # type: ignore[attr-defined]
        yield upload


def one_of(rows: Any, told: object, what: str) -> Any:
    """Return the one of the visible ``rows`` with this id, public id (``MDL-00001``) or name."""
    text = str(told).strip()
    found = _by_key(rows, text) or [row for row in rows.filter(named(text)) if _is(row, text)]
    if len(found) != 1:
        number = "More than one" if found else "No"
        raise CommandError(f"{number} {what} {text!r} that this person may see; give its id.")
    return found[0]


def _by_key(rows: Any, text: str) -> list[Any]:
    try:
        return list(rows.filter(pk=UUID(text)))
    except ValueError:
        return []


def _is(row: Any, text: str) -> bool:
    return text.casefold() in {row.name.casefold(), row.public_id.casefold()}
