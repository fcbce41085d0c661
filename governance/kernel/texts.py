"""Text as both databases keep it."""

from collections.abc import Mapping
from typing import Any


def storable(value: Any) -> Any:
    """Return JSON-like ``value`` with U+FFFD for what PostgreSQL refuses: NUL, lone surrogates.

    Data and model files hold such text; their author chose it. Keys are cleaned too.
    """
    if isinstance(value, str):
        text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text.replace("\x00", "\ufffd")
    if isinstance(value, Mapping):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return value
