"""What kind of file this is: Parquet or text, packed or not, its encoding, separator and header."""

import codecs
import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from governance.costs.engine.errors import UnreadableBillError

PARQUET = "parquet"
CSV = "csv"
_HEAD = 1024 * 1024
_SEPARATORS = (",", ";", "\t", "|")
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PIECE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sniffed:
    """``encoding`` as Python calls it. ``names`` is the header; empty for Parquet, which has its
    own.
    """

    kind: str
    packed: bool = False
    encoding: str = "utf-8"
    separator: str = ","
    names: Sequence[str] = ()
    bom: bool = False
    old_line_ends: bool = False

    def facts(self) -> dict[str, str | bool]:
        if self.kind == PARQUET:
            return {"format": "Parquet"}
        return {
            "format": "CSV, packed by gzip" if self.packed else "CSV",
            "encoding": self.encoding,
            "separator": {"\t": "tab"}.get(self.separator, self.separator),
            "byte_order_mark": self.bom,
        }


def sniff(path: Path) -> Sniffed:
    """Look at the file's first megabyte; raises ``UnreadableBillError`` for what is no table."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PAR1":
        return Sniffed(PARQUET)
    if first[:2] == b"PK":
        raise UnreadableBillError("zip-file", "This is a ZIP archive; unpack it, or pack by gzip.")
    packed = first[:2] == b"\x1f\x8b"
    try:
        with unpacked(path, packed=packed) as file:
            head = file.read(_HEAD)
    except (OSError, EOFError) as error:
        raise UnreadableBillError("damaged-file", f"It cannot be unpacked: {error}.") from error
    if not head.strip():
        raise UnreadableBillError("empty-file", "The file is empty.")
    return _as_text(head, packed=packed)


def unpacked(path: Path, *, packed: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def as_utf8(path: Path, sniffed: Sniffed, target: Path) -> None:
    """Write the text to ``target`` in UTF-8 with line ends as Unix has them, piece by piece."""
    with (
        unpacked(path, packed=sniffed.packed) as raw,
        io.TextIOWrapper(raw, encoding=sniffed.encoding, errors="replace", newline=None) as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while piece := text.read(_PIECE):
            out.write(piece)


def _as_text(head: bytes, *, packed: bool) -> Sniffed:
    mark = next((mark for mark in _ENCODINGS if head.startswith(mark)), b"")
    encoding = _ENCODINGS[mark] if mark else _encoding(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")
    if "\x00" in text:
        raise UnreadableBillError("no-table", "This is neither a text table nor Parquet.")
    line = text.lstrip("\r\n").replace("\r\n", "\n")
    old = "\n" not in line and "\r" in line
    first = (line.replace("\r", "\n") if old else line).split("\n", 1)[0].rstrip("\r")
    separator, names = _header(first)
    return Sniffed(CSV, packed, encoding, separator, names, bool(mark), old)


def _encoding(head: bytes) -> str:
    """Guess: UTF-16 puts a zero into every other byte of plain text; else UTF-8 or Windows."""
    if head[1:200:2].count(0) > len(head[1:200:2]) * 0.8:
        return "utf-16-le"
    if head[0:200:2].count(0) > len(head[0:200:2]) * 0.8:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _header(line: str) -> tuple[str, list[str]]:
    """Return the separator that gives most columns, and their names."""
    read = {one: next(csv.reader([line], delimiter=one), []) for one in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda one: len(read[one]))
    if len(read[best]) <= 1:
        raise UnreadableBillError(
            "no-table", "No separator gives its first line more than one column."
        )
    return best, [name.strip() for name in read[best]]
