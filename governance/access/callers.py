"""Who holds a token: one statement by hand, because it stands before every request of the API.

The same by the query builder takes two queries and as long as the rest of a short request.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from governance.access.models import User
from governance.kernel.actor import Holding

_CALLER = """
SELECT token.id, token.scopes, token.last_used_at IS NULL OR token.last_used_at < %s,
       person.id, person.email, person.name, held.role, held.team_id
FROM access_apitoken token
JOIN access_user person ON person.id = token.user_id
LEFT JOIN access_membership held ON held.user_id = person.id
WHERE token.digest = %s AND token.revoked_at IS NULL AND token.expires_at > %s
  AND person.is_active
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """``unnoted``: the token was last noted as used before the time asked about."""

    token_id: uuid.UUID
    user: User
    holdings: frozenset[Holding]
    scopes: frozenset[str]
    unnoted: bool


def caller_by(digest: str, *, now: datetime, noted_since: datetime) -> Caller | None:
    """Return the holder of a usable token by its digest; None when there is no such token."""
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_CALLER, [moment(noted_since), digest, moment(now)])
        rows = cursor.fetchall()
    if not rows:
        return None
    token, scopes, unnoted, person, email, name = rows[0][:6]
    held = frozenset(
        Holding(role, _key(team) if team else None) for *_, role, team in rows if role is not None
    )
    user = User.from_db(connection.alias, ("id", "email", "name"), (_key(person), email, name))
    allowed = json.loads(scopes) if isinstance(scopes, str) else scopes
    return Caller(_key(token), user, held, frozenset(allowed), bool(unnoted))


def _key(value: Any) -> uuid.UUID:
    """SQLite keeps keys as 32 hexadecimal digits."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
