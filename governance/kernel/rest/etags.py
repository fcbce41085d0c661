"""ETags on what can be written, so that nobody overwrites what they have not seen; file digests."""

import base64

from rest_framework.request import Request

from governance.kernel.errors import Moved


def etag_of(*parts: object) -> str:
    """Return a strong ETag from what changes with every write (a version counter, a digest)."""
    return '"' + ".".join(str(part) for part in parts) + '"'


def repr_digest(sha256: str) -> str:
    """Return the value of a ``Repr-Digest`` header (RFC 9530) for a digest in hexadecimals."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def require_match(request: Request, etag: str) -> None:
    """Raise ``Moved`` (412) when ``If-Match`` is given and is not ``etag``."""
    given = request.headers.get("If-Match")
    if given is None or given == "*":
        return
    if etag not in {candidate.strip() for candidate in given.split(",")}:
        raise Moved("moved", "This changed since you read it; nothing was saved. Read it again.")
