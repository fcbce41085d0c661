"""The errors that a user is told about.

Rules and commands raise these; two translators turn them into answers: the REST exception handler
(problem details) and one middleware (page or htmx fragment). Anything else is a defect and a 500.
"""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """``code`` is stable and for programs, ``message`` is for people: what happened, what to do.

    ``errors`` names single fields, as ``{"field": ["why"]}``.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or self.status
        self.errors = {name: list(reasons) for name, reasons in (errors or {}).items()}


class Invalid(DomainError):
    """The input cannot be understood."""

    status = 400


class NotPermitted(DomainError):
    """The actor may see the thing but not do this to it."""

    status = 403


class Missing(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404


class Conflict(DomainError):
    """Somebody else was first, or the thing is in another state."""

    status = 409


class Moved(DomainError):
    """What the actor looked at has changed since; nothing was written."""

    status = 412


class TooLarge(DomainError):
    status = 413


class RuleBroken(DomainError):
    """Understood, permitted, and against a rule of the house or of the policy in force."""

    status = 422
