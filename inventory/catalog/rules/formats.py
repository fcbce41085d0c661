"""Which format a file has, by its content and never by its name.

Only the first and last bytes are looked at and nothing is decoded: opening a stranger's file is the
sandbox's work.
"""

import io
from dataclasses import dataclass
from typing import BinaryIO

from governance.kernel.errors import DomainError, RuleBroken
from inventory.catalog.kinds import ArtifactFormat, DataFormat
from inventory.catalog.rules import archives, protobuf
from inventory.catalog.rules.refusals import HOW_DATA, HOW_MODEL, is_pickle, what_is

_EDGE = 1 << 16
_PARQUET = b"PAR1"
_SMALLEST_PARQUET = 12
_UBJSON_LENGTHS = (b"i", b"U", b"I", b"l", b"L")  # how a name says its length
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Edges:
    """The first and the last bytes of a file; the same bytes when it is small."""

    head: bytes
    tail: bytes
    size: int


def read_edges(file: BinaryIO) -> Edges:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(_EDGE)
    file.seek(max(0, size - _EDGE))
    tail = file.read(_EDGE)
    file.seek(0)
    return Edges(head, tail, size)


def sniff_model(file: BinaryIO) -> ArtifactFormat:
    """Return the format of a model file; raises ``RuleBroken`` saying what else it is."""
    edges = read_edges(file)
    _refuse_empty(edges)
    found = _known_model(file, edges)
    file.seek(0)
    if found is None:
        raise _unwelcome(edges, HOW_MODEL, "a model format that Assay knows")
    return found


def sniff_data(file: BinaryIO) -> DataFormat:
    """Return the format of a data file; raises ``RuleBroken`` saying what else it is."""
    edges = read_edges(file)
    _refuse_empty(edges)
    if edges.head.startswith(_PARQUET):
        return _parquet(edges)
    if what_is(edges.head, edges.tail):
        raise _unwelcome(edges, HOW_DATA, "")
    return _text_table(edges)


def _known_model(file: BinaryIO, edges: Edges) -> ArtifactFormat | None:
    head = edges.head
    if head.startswith(b"CBM1"):
        return ArtifactFormat.CATBOOST
    if head.startswith((b"tree\nversion=", b"tree\r\nversion=")):
        return _lightgbm(edges)
    if head[:1] == b"{" and head[1:2] in _UBJSON_LENGTHS:
        return _ubjson_model(edges)
    if head.lstrip().startswith(b"{"):
        return _json_model(edges)
    if archives.is_zip(head):
        return _skops(edges)
    return None if is_pickle(head) else _onnx(file, edges.size)


def _lightgbm(edges: Edges) -> ArtifactFormat:
    if b"end of parameters" not in edges.tail:
        raise _cut_off("LightGBM text")
    return ArtifactFormat.LIGHTGBM


def _ubjson_model(edges: Edges) -> ArtifactFormat | None:
    if b"learner" not in edges.head[:32]:
        return None
    if not edges.tail.endswith(b"}"):
        raise _cut_off("XGBoost UBJSON")
    return ArtifactFormat.XGBOOST_UBJ


def _json_model(edges: Edges) -> ArtifactFormat | None:
    if b'"learner"' not in edges.head and b'"learner"' not in edges.tail:
        return None
    if not edges.tail.rstrip().endswith(b"}"):
        raise _cut_off("XGBoost JSON")
    return ArtifactFormat.XGBOOST_JSON


def _skops(edges: Edges) -> ArtifactFormat | None:
    if archives.is_cut_off(edges.tail):
        raise _cut_off("ZIP (skops)")
    return ArtifactFormat.SKOPS if "schema.json" in archives.names(edges.tail) else None


def _onnx(file: BinaryIO, size: int) -> ArtifactFormat | None:
    try:
        return ArtifactFormat.ONNX if protobuf.looks_like_onnx(file, size) else None
    except protobuf.CutOffError as error:
        raise _cut_off("ONNX") from error


def _parquet(edges: Edges) -> DataFormat:
    if edges.size < _SMALLEST_PARQUET or not edges.tail.endswith(_PARQUET):
        raise _cut_off("Parquet")
    return DataFormat.PARQUET


def _text_table(edges: Edges) -> DataFormat:
    head = edges.head.removeprefix(_BOM)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong("not-utf8", f"The text is in UTF-16, not UTF-8. {HOW_DATA}")
    if b"\x00" in head or not _is_utf8(head):
        raise _wrong("unknown-format", f"This is neither Parquet nor UTF-8 text. {HOW_DATA}")
    start = head.lstrip()
    if start.startswith(b"{"):
        return DataFormat.JSONL
    if start.startswith(b"["):
        raise _wrong("json-array", f"This is one JSON array; write one object a line. {HOW_DATA}")
    header = start.split(b"\n", 1)[0]
    if max(header.count(b";"), header.count(b"\t")) > header.count(b","):
        raise _wrong(
            "not-commas", "The columns are not separated by commas. Save the CSV with commas."
        )
    return DataFormat.CSV


def _is_utf8(head: bytes) -> bool:
    """The last three bytes may be the beginning of a character that goes on."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False


def _refuse_empty(edges: Edges) -> None:
    if edges.size == 0:
        raise _wrong("empty", "The file is empty; nothing was kept.")


def _unwelcome(edges: Edges, how: str, expected: str) -> DomainError:
    known = what_is(edges.head, edges.tail)
    code = "pickle-refused" if is_pickle(edges.head) else "unknown-format"
    said = f"This is {known}." if known else f"This is not {expected}."
    return _wrong(code, f"{said} {how}")


def _cut_off(name: str) -> DomainError:
    return _wrong("cut-off", f"This begins as {name} and is cut off; upload the whole file again.")


def _wrong(code: str, message: str) -> DomainError:
    return RuleBroken(code, message, errors={"file": [message]})
