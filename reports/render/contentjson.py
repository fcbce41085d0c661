"""``ReportContent`` ⇄ canonical JSON ⇄ digest.

A block carries its ``kind`` beside its fields. Loading is strict: an unknown key, a missing key or
a value of the wrong type raises ``ContentError``, so that a file which was not written by us is
named as such instead of being drawn halfway.
"""

import dataclasses
import json
import types
import typing
from enum import StrEnum
from functools import cache
from typing import Any, cast

from governance.kernel.canonical import Json, canonical, sha256_hex
from reports.render.content import SCHEMA, Block, ReportContent

BLOCKS: dict[str, type] = {block.kind: block for block in typing.get_args(Block)}


class ContentError(ValueError):
    """The JSON is not a report content of this schema."""


def to_json(content: ReportContent) -> dict[str, Json]:
    """Return plain JSON values; ``schema`` names this layout."""
    body = _dump(content)
    return {"schema": SCHEMA, **body}


def to_bytes(content: ReportContent) -> bytes:
    """Return the RFC 8785 bytes: the embedded ``evidence.json``."""
    return canonical(to_json(content))


def content_digest(content: ReportContent) -> str:
    """Return the SHA-256 of ``to_bytes`` as 64 hexadecimal digits."""
    return sha256_hex(to_bytes(content))


def from_bytes(data: bytes) -> ReportContent:
    """Rebuild the content from ``to_bytes``; raises ``ContentError``."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ContentError("the content is not JSON") from error
    return from_json(body)


def from_json(body: object) -> ReportContent:
    """Rebuild the content from ``to_json``; raises ``ContentError``."""
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise ContentError(f"the content is not of schema {SCHEMA}")
    fields = {key: value for key, value in body.items() if key != "schema"}
    return cast("ReportContent", _load(ReportContent, fields, "content"))


def settled(content: ReportContent) -> ReportContent:
    """Return the content as it comes back from its canonical bytes.

    ``1.0`` and ``1`` are one number there; drawing always starts from this form, so that content
    fresh from a check and content read back from storage give the same paper.
    """
    return from_bytes(to_bytes(content))


def _dump(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        body = {f.name: _dump(getattr(value, f.name)) for f in dataclasses.fields(value)}
        kind = getattr(value, "kind", None)
        return {"kind": kind, **body} if type(value) in BLOCKS.values() else body
    if isinstance(value, tuple | list):
        return [_dump(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _load(kind: Any, value: Any, path: str) -> Any:
    if kind == Block:
        return _load_block(value, path)
    origin = typing.get_origin(kind)
    if origin is tuple:
        return _load_tuple(kind, value, path)
    if origin in (types.UnionType, typing.Union):
        return _load_union(kind, value, path)
    if dataclasses.is_dataclass(kind):
        return _load_dataclass(cast("type", kind), value, path)
    return _load_scalar(kind, value, path)


def _load_block(value: Any, path: str) -> Any:
    kind = BLOCKS.get(str(value.get("kind"))) if isinstance(value, dict) else None
    if kind is None:
        raise ContentError(f"{path}: unknown block")
    fields = {key: item for key, item in value.items() if key != "kind"}
    return _load_dataclass(kind, fields, path)


def _load_tuple(kind: Any, value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ContentError(f"{path}: a list is expected")
    item = typing.get_args(kind)[0]
    return tuple(_load(item, one, f"{path}[{at}]") for at, one in enumerate(value))


def _load_union(kind: Any, value: Any, path: str) -> Any:
    options = typing.get_args(kind)
    if value is None and type(None) in options:
        return None
    records = [option for option in options if dataclasses.is_dataclass(option)]
    if records:
        return _load(records[0], value, path)
    if type(value) in options:
        return value
    raise ContentError(f"{path}: {type(value).__name__} is not expected here")


def _load_dataclass(kind: type, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ContentError(f"{path}: an object is expected")
    hints = _hints(kind)
    if unknown := sorted(set(value) - set(hints)):
        raise ContentError(f"{path}: unknown key {unknown[0]}")
    fields = {key: _load(hints[key], item, f"{path}.{key}") for key, item in value.items()}
    try:
        return kind(**fields)
    except TypeError as error:
        raise ContentError(f"{path}: a key is missing") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind)}


def _load_scalar(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(value)
        except ValueError as error:
            raise ContentError(f"{path}: {value!r} is not expected here") from error
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ContentError(f"{path}: {type(value).__name__} is not expected here")
    return value
