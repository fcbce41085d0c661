"""Proving again who one is, at the moment of signing. The one place that makes the proof."""

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.kernel.actor import Actor, Strength
from governance.kernel.errors import DomainError, NotPermitted

_TOO_MANY = 429


def prove(request: HttpRequest, actor: Actor, password: str) -> Reauthentication:
    """Return the proof that ``actor``'s password was entered now; failures count as at sign-in.

    What was proved here is a password, whatever the session was opened with: recorded as the
    weaker one. Raises ``NotPermitted`` for a wrong password or a token.
    """
    user = User.objects.filter(pk=actor.id, is_active=True).first()
    if user is None or actor.is_token:
        raise NotPermitted("person-needed", "A person signed in says this, never a token.")
    found = authenticate(request, login=user.email, email=user.email, password=password)
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined]
        raise DomainError(
            "locked-out", "Too many wrong passwords; wait a while and try again.", status=_TOO_MANY
        )
    if found is None or found.pk != user.pk:
        wrong = "This is not your password. Nothing was recorded."
        raise NotPermitted("wrong-password", wrong, errors={"password": [wrong]})
    return Reauthentication(person_id=user.pk, at=timezone.now(), strength=Strength.PASSWORD)
