"""Canonical JSON (RFC 8785) and the digests taken over it.

Two parties that hold the same value compute the same bytes, in any language, for ever. Everything
that is hashed or signed in Assay goes through here; nothing hashes a Python ``repr`` or a pickle.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def canonical(value: Json) -> bytes:
    """Return the RFC 8785 bytes of ``value``.

    Raises ``rfc8785.CanonicalizationError`` for NaN, infinities and integers beyond 2**53, which
    have no canonical form: write such numbers as strings.
    """
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Json) -> str:
    """Return the SHA-256 over the canonical bytes of ``value``, as hexadecimal digits."""
    return sha256_hex(canonical(value))
