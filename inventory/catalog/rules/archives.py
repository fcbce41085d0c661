"""The names inside a ZIP file, read from its directory at the end without unpacking anything."""

import struct
from collections.abc import Iterator

_ENTRY = b"PK\x01\x02"
_END = b"PK\x05\x06"
_ENTRY_HEAD = 46


def is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def is_cut_off(tail: bytes) -> bool:
    """Return whether the record that ends every ZIP file is missing."""
    return _END not in tail


def names(tail: bytes) -> list[str]:
    """Return the entry names that the directory's part in ``tail`` holds, in their order."""
    return list(_names(tail))


def _names(tail: bytes) -> Iterator[str]:
    at = tail.find(_ENTRY)
    while at != -1 and at + _ENTRY_HEAD <= len(tail):
        length, extra, comment = struct.unpack_from("<HHH", tail, at + 28)
        start = at + _ENTRY_HEAD
        yield tail[start : start + length].decode("utf-8", errors="replace")
        at = tail.find(_ENTRY, start + length + extra + comment)
