"""Keys and the numbers people say aloud."""

import re
import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """Return a UUID of version 7: unique without asking anyone, and ordered by time."""
    return uuid_utils.compat.uuid7()


def public_id(prefix: str, number: int) -> str:
    """Return a number as people quote it: ``public_id("MDL", 42)`` is ``"MDL-00042"``."""
    return f"{prefix}-{number:05d}"


_NUMBERED = re.compile(r"\s*(?:([A-Z]+)-)?0*([0-9]{1,15})\s*", re.ASCII | re.IGNORECASE)


def number_in(text: str, prefix: str, *, bare: bool = False) -> int | None:
    """Return the number of a public id that somebody typed, or None when ``text`` is none.

    ``number_in("mdl-00042", "MDL")`` is 42; ``bare`` takes a plain ``"42"`` as well. Digits are
    ASCII and at most 15 (leading zeros aside): what else Unicode calls a digit, ``int`` or the
    database may refuse.
    """
    found = _NUMBERED.fullmatch(text)
    if found is None:
        return None
    named = found[1].upper() == prefix if found[1] else bare
    return int(found[2]) if named else None
