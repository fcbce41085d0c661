"""JSON that comes in from outside and will be stored, compared and hashed.

PostgreSQL refuses U+0000 in text, RFC 8785 refuses numbers beyond 2**53 and lone surrogates: what
could not be hashed later is refused at the door.
"""

import math
from collections.abc import Mapping
from typing import Any

from governance.kernel.errors import RuleBroken

DEEPEST = 12
MOST_VALUES = 20_000
LONGEST_TEXT = 20_000
LARGEST_WHOLE = 2**53


def require_plain(value: Any, field: str) -> None:
    """Raise ``RuleBroken`` naming ``field`` unless ``value`` is JSON that has a canonical form."""
    if reason := _fault(value, DEEPEST, [MOST_VALUES]):
        raise RuleBroken("not-plain-json", f"{field}: {reason}", errors={field: [reason]})


def text_fault(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return why ``text`` cannot be stored, or nothing."""
    if "\x00" in text:
        return "Null characters are not allowed."
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "Half of a surrogate pair is not a character."
    if len(text) > longest:
        return f"At most {longest} characters are allowed."
    return ""


def _fault(value: Any, depth: int, left: list[int]) -> str:
    left[0] -= 1
    if left[0] < 0:
        return f"At most {MOST_VALUES} values are allowed."
    if isinstance(value, str):
        return text_fault(value)
    if isinstance(value, Mapping | list | tuple):
        return _nested_fault(value, depth, left)
    return _number_fault(value)


def _nested_fault(value: Any, depth: int, left: list[int]) -> str:
    if depth == 0:
        return f"At most {DEEPEST} levels are allowed."
    inner = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    if isinstance(value, Mapping) and not all(isinstance(key, str) for key in value):
        return "Names must be text."
    return next((why for one in inner if (why := _fault(one, depth - 1, left))), "")


def _number_fault(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        return "Whole numbers go up to 2**53; write larger ones as text."
    if isinstance(value, float) and not math.isfinite(value):
        return "Numbers must be finite."
    return "" if isinstance(value, int | float) else "Only JSON values are allowed."
