"""Plain JSON back into our frozen dataclasses, believing nothing.

What comes out of the sandbox was written by a process that ran a stranger's model: every field must
be there, of its declared type and within bounds, or the whole message is refused.
"""

import dataclasses
import math
import sys
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

LONGEST_TEXT = 20_000
MOST_ITEMS = 200_000
LARGEST_WHOLE = 2**53


class MalformedError(ValueError):
    """The JSON is not what its schema says; the message names the place."""


def rebuild(kind: type[T], body: Any, *, complete: bool = True, at: str = "") -> T:
    """Return a ``kind`` made of ``body``; raises ``MalformedError`` (a ``ValueError``).

    With ``complete`` each field must be present; otherwise fields with a default may be left out.
    """
    return cast("T", _value(kind, body, complete, at or kind.__name__))


def _value(  # noqa: PLR0911 - one per shape
    hint: Any,
    body: Any,
    complete: bool,  # noqa: FBT001
    at: str,
) -> Any:
    if hint is Any:
        return body
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(hint, body, complete, at)
    if origin is tuple:
        return _items(hint, body, complete, at)
    if origin is Mapping:
        return _mapping(hint, body, complete, at)
    if dataclasses.is_dataclass(hint):
        return _fields(hint, body, complete, at)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, body, at)
    return _plain(hint, body, at)


def _union(hint: Any, body: Any, complete: bool, at: str) -> Any:  # noqa: FBT001
    options = get_args(hint)
    if body is None and type(None) in options:
        return None
    exact = [option for option in options if option is type(body)]
    rest = [option for option in options if option not in (type(None), *exact)]
    for option in [*exact, *rest]:
        try:
            return _value(option, body, complete, at)
        except MalformedError:
            continue
    raise MalformedError(f"{at}: none of the allowed types")


def _items(hint: Any, body: Any, complete: bool, at: str) -> tuple[Any, ...]:  # noqa: FBT001
    inner = get_args(hint)[0]
    if not isinstance(body, (list, tuple)) or len(body) > MOST_ITEMS:
        raise MalformedError(f"{at}: not a list of at most {MOST_ITEMS}")
    return tuple(_value(inner, item, complete, f"{at}[{i}]") for i, item in enumerate(body))


def _mapping(hint: Any, body: Any, complete: bool, at: str) -> dict[str, Any]:  # noqa: FBT001
    if not isinstance(body, Mapping) or len(body) > MOST_ITEMS:
        raise MalformedError(f"{at}: not an object")
    inner = get_args(hint)[1]
    return {_plain(str, k, at): _value(inner, v, complete, f"{at}.{k}") for k, v in body.items()}


def _fields(hint: Any, body: Any, complete: bool, at: str) -> Any:  # noqa: FBT001
    hints, required = _layout(hint)
    if not isinstance(body, Mapping):
        raise MalformedError(f"{at}: not an object")
    missing = (set(hints) if complete else required) - set(body)
    unknown = set(body) - set(hints)
    if missing or unknown:
        wrong = ", ".join(sorted(str(name)[:60] for name in missing | unknown))
        raise MalformedError(f"{at}: missing or unknown {wrong}")
    return hint(**{k: _value(hints[k], v, complete, f"{at}.{k}") for k, v in body.items()})


@cache
def _layout(kind: type) -> tuple[dict[str, Any], set[str]]:
    hints = get_type_hints(kind)
    required = {
        part.name
        for part in dataclasses.fields(kind)
        if part.default is dataclasses.MISSING and part.default_factory is dataclasses.MISSING
    }
    return hints, required


def _member(hint: type[Enum], body: Any, at: str) -> Enum:
    try:
        return hint(body)
    except ValueError:
        raise MalformedError(f"{at}: not one of {', '.join(str(m.value) for m in hint)}") from None


def _plain(hint: type, body: Any, at: str) -> Any:
    """Take a whole number for a float (JSON writes 1.0 as 1), but never a bool for a number."""
    kind = type(body)
    if hint is float and kind is int and abs(body) <= sys.float_info.max:
        body, kind = float(body), float
    if kind is not hint:
        raise MalformedError(f"{at}: {kind.__name__} where {hint.__name__} is due")
    if kind is float and not math.isfinite(body):
        raise MalformedError(f"{at}: not a finite number")
    if kind is int and abs(body) > LARGEST_WHOLE:
        raise MalformedError(f"{at}: beyond 2**53")
    if kind is str and len(body) > LONGEST_TEXT:
        raise MalformedError(f"{at}: longer than {LONGEST_TEXT} characters")
    return body
