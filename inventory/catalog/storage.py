"""The bytes behind artifacts and datasets, by their SHA-256: one copy, whoever uploads it.

A blob is written under another name and takes its own only when it is whole, so nobody ever reads
half of one. What is there under a digest already is left alone.
"""

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import UploadedFile

from governance.kernel.errors import Missing

_PIECE = 1024 * 1024


class BlobDamagedError(Exception):
    """What the storage gave back does not have the digest that it is kept under."""


def blob_name(digest: str) -> str:
    """Return where the bytes lie; digests are ours, never what a user typed."""
    return f"blobs/{digest[:2]}/{digest[2:4]}/{digest}"


def keep(upload: "UploadedFile[Any]", digest: str) -> None:
    """Store the bytes of ``upload``, whose SHA-256 is ``digest``, unless they are there."""
    name, storage = blob_name(digest), default_storage
    if storage.exists(name) and storage.size(name) == upload.size:
        return
    upload.seek(0)
    if isinstance(_backend(), FileSystemStorage):
        _place(upload, Path(storage.path(name)))
    else:
        # An object store shows an object only when it is whole.
        storage.save(name, File(upload, name=digest))


def open_blob(digest: str) -> BinaryIO:
    """Return the bytes for reading; raises ``Missing`` when the storage does not have them."""
    try:
        return cast("BinaryIO", default_storage.open(blob_name(digest), "rb"))
    except FileNotFoundError as error:
        raise Missing("blob-missing", f"The storage lacks the file {digest}.") from error


@contextmanager
def local_blob(digest: str) -> Iterator[BinaryIO]:
    """Yield a real file with a descriptor, its bytes checked against ``digest``.

    Raises ``Missing``, or ``BlobDamagedError`` when the stored bytes changed.
    """
    with (
        open_blob(digest) as stored,
        tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as own,
    ):
        file = stored if _has_descriptor(stored) else own
        total = hashlib.sha256()
        while piece := stored.read(_PIECE):
            total.update(piece)
            if file is own:
                own.write(piece)
        if total.hexdigest() != digest:
            raise BlobDamagedError(f"The stored file {digest} has changed: {total.hexdigest()}.")
        file.seek(0)
        yield file


def _backend() -> object:
    """The storage that the settings name; Django hands out a lazy wrapper."""
    return getattr(default_storage, "_wrapped", None) or default_storage


def _has_descriptor(file: object) -> bool:
    return isinstance(_backend(), FileSystemStorage) and hasattr(file, "fileno")


def _place(upload: "UploadedFile[Any]", final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    own = final.parent / f".{uuid.uuid4().hex}"
    try:
        with own.open("xb") as out:
            shutil.copyfileobj(upload, out, _PIECE)
            out.flush()
            os.fsync(out.fileno())
        own.chmod(0o440)
        own.replace(final)
    finally:
        with suppress(FileNotFoundError):
            own.unlink()
