"""What the engine of costs says when it cannot go on."""


class UnreadableBillError(Exception):
    """A file that is no bill. ``code`` is for programs, ``message`` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
