"""What the case commands of the shell share: which case, which statement, whose password."""

import re
from uuid import UUID

from django.core.management.base import CommandError
from django.http import HttpRequest

from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.access.reauthentication import prove
from governance.access.shell import password
from governance.approvals.models import ApprovalCase
from governance.approvals.querysets import statements
from governance.approvals.querysets.statements import Presented
from governance.kernel.actor import Actor
from governance.kernel.ids import number_in
from governance.ledger import reading

_SIZE = re.compile(r"[0-9]{1,15}")


def case_of(actor: Actor, named: str) -> ApprovalCase:
    """Return the case by its number (``APR-00001``) or its id, as far as ``actor`` sees it."""
    rows = ApprovalCase.objects.whole().visible_to(actor)
    number = number_in(named, "APR", bare=True)
    try:
        found = rows.filter(pk=UUID(named)) if number is None else rows.filter(number=number)
    except ValueError as error:
        raise CommandError(f"{named!r} is neither a case's number nor its id.") from error
    case = found.first()
    if case is None:
        raise CommandError(f"There is no case {named!r} that this person may see.")
    return case


def proved(actor: Actor) -> Reauthentication:
    """Ask for the password; wrong ones from the shell count towards the lockout like any others."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    return prove(request, actor, password())


def named(presented: Presented) -> str:
    """Return what ``decide_case`` must be told: the digest, and where the ledger stood."""
    return f"{presented.digest}@{presented.at[0]}"


def as_read(case: ApprovalCase, user: User, told: str) -> Presented:
    """Return the statement that ``user`` read as ``told``; refused when anything has moved since.

    It names where the ledger stood, and what happens elsewhere moves the ledger on: so it is put
    together again at that place.
    """
    digest, _, size = told.strip().lower().partition("@")
    entry = reading.event(int(size)) if _SIZE.fullmatch(size) else None
    if entry is None:
        raise CommandError("Give --statement as show_case --statement printed it: DIGEST@ENTRIES.")
    presented = statements.present(case, user.pk, (entry.seq, entry.hash))
    if presented is None:
        raise CommandError(f"No step of {case.public_id} is open.")
    if presented.digest != digest:
        raise CommandError(
            "This is not the statement of now: something in the case has moved since it was read. "
            f"Nothing was recorded; read it again: show_case {case.public_id} --statement"
        )
    return presented
