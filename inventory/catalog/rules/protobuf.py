"""Just enough of the protobuf wire format to tell an ONNX file from anything else.

Only the outermost fields are walked; what they hold is skipped by its length, never read.
"""

import io
from typing import BinaryIO

_IR_VERSION, _GRAPH = 1, 7
_MOST_FIELDS = 20_000
_VARINT, _LENGTH = 0, 2
_LONGEST_VARINT = 10


class NotProtobufError(ValueError):
    pass


class CutOffError(ValueError):
    """The outermost fields fit ONNX until the file ends in the middle of one."""


def looks_like_onnx(file: BinaryIO, size: int) -> bool:
    """Return whether the outermost fields are those of an ONNX model.

    Raises ``CutOffError`` for a file that begins as one and is shorter than it says.
    """
    seen: set[int] = set()
    try:
        _walk(file, size, seen)
    except NotProtobufError:
        return False
    return {_IR_VERSION, _GRAPH} <= seen


def _walk(file: BinaryIO, size: int, seen: set[int]) -> None:
    at = file.seek(0)
    for _ in range(_MOST_FIELDS):
        if at >= size:
            return
        tag = _varint(file)
        number, wire = tag >> 3, tag & 7
        if not seen and number != _IR_VERSION:
            raise NotProtobufError
        value = _varint(file) if wire in {_VARINT, _LENGTH} else -1
        if value < 0:
            raise NotProtobufError
        seen.add(number)
        at = file.seek(value, io.SEEK_CUR) if wire == _LENGTH else file.tell()
        if at > size:
            raise (CutOffError if number == _GRAPH else NotProtobufError)
    raise NotProtobufError


def _varint(file: BinaryIO) -> int:
    total = 0
    for position in range(_LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            raise NotProtobufError
        total |= (byte[0] & 0x7F) << (7 * position)
        if byte[0] < 0x80:  # noqa: PLR2004 - the top bit says that more follows
            return total
    raise NotProtobufError
