"""Pages of the trail: every event, its proof, and an export of what was filtered.

The trail is of the whole organisation, so its right must be held there: a role in one team, which
opens the door, does not open what other teams did.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.access.kinds import Permission
from governance.access.models import User
from governance.access.permissions import require_everywhere
from governance.access.requests import ActorRequest
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import Missing
from governance.ledger import proofs, reading
from governance.ledger.reading import Event

PAGE = 50
_EXPORT_PAGE = 1000
_COLUMNS = ("seq", "time", "actor", "role", "event", "subject type", "subject", "body", "hash")


class TrailFilter(forms.Form):
    kind = forms.CharField(
        label="Event", required=False, max_length=80, help_text="e.g. approvals or approvals.step"
    )
    person = forms.EmailField(label="Person (e-mail)", required=False)
    subject = forms.UUIDField(label="About (id)", required=False)


@require_GET
def trail(request: ActorRequest) -> HttpResponse | StreamingHttpResponse:
    require_everywhere(request.actor, Permission.LEDGER_VIEW)
    form = TrailFilter(request.GET or None)
    rows = _narrowed(form)
    if request.GET.get("format") == "csv":
        return csv_response("trail.csv", _COLUMNS, _every(rows))
    page = reading.trail_page(rows, size=PAGE, cursor=request.GET.get("cursor"))
    size, head = proofs.head_position()
    people = _names({event.actor_id for event in page.items})
    events = [(event, people.get(event.actor_id)) for event in page.items]
    context = {"page": page, "events": events, "filter": form, "size": size, "head": head}
    return render(request, "portal/trail.html", context)


@require_GET
def trail_entry(request: ActorRequest, seq: int) -> HttpResponse:
    require_everywhere(request.actor, Permission.LEDGER_VIEW)
    event = reading.event(seq)
    if event is None:
        raise Missing("not-found", f"The ledger has no entry {seq}.")
    holds, why = proofs.check_entry(seq)
    context: dict[str, Any] = {
        "event": event,
        "person": _names({event.actor_id}).get(event.actor_id),
        "body": json.dumps(event.body, indent=2, ensure_ascii=False),
        "holds": holds,
        "why": why,
    }
    return render(request, "portal/trail_entry.html", context)


def _narrowed(form: TrailFilter) -> Any:
    chosen = form.cleaned_data if form.is_valid() else {}
    actor_id = None
    if email := chosen.get("person"):
        found = User.objects.filter(email__iexact=email).values_list("pk", flat=True).first()
        actor_id = found or UUID(int=0)  # an address nobody has: no events
    return reading.search(
        kind=chosen.get("kind", ""), actor_id=actor_id, subject_id=chosen.get("subject")
    )


def _names(ids: set[UUID]) -> dict[UUID, User]:
    return User.objects.in_bulk(ids)


def _every(rows: Any) -> Iterator[list[str]]:
    cursor = None
    while True:
        page = reading.trail_page(rows, size=_EXPORT_PAGE, cursor=cursor)
        for event in page.items:
            yield _cells(event)
        cursor = page.next_cursor
        if cursor is None:
            return


def _cells(event: Event) -> list[str]:
    return [
        str(event.seq),
        event.ts.isoformat(),
        str(event.actor_id),
        event.actor_role,
        event.kind,
        event.subject_type,
        str(event.subject_id),
        json.dumps(event.body, ensure_ascii=False),
        event.hash,
    ]
