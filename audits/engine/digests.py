"""SHA-256 of an open file, streamed."""

import hashlib
from typing import Any, BinaryIO, cast


def file_sha256(file: BinaryIO) -> str:
    """Return 64 hexadecimal digits over the whole file, whatever its position was."""
    file.seek(0)
    return hashlib.file_digest(cast("Any", file), "sha256").hexdigest()
