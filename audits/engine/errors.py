"""What can go wrong before a check can speak, in words for the person who uploaded."""

from typing import Literal

EngineErrorKind = Literal["timeout", "memory", "crashed", "cancelled", "malformed-output"]


class InputError(Exception):
    """The bytes cannot be used. ``message`` is shown to users; ``code`` is stable for the API."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class DataError(InputError):
    """A data file cannot be read, or does not hold what the signature declares."""


class ModelError(InputError):
    """A model artifact cannot be loaded, or does not fit the signature."""


class EngineError(Exception):
    """A run ended without results; ``reason`` is one plain sentence."""

    def __init__(self, reason: str, kind: EngineErrorKind) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class SandboxMissingError(Exception):
    """Isolation was demanded and this machine cannot give it."""
