"""The page of a coaching note. It has no CSV and no API: nothing carries it away."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from governance.access.kinds import Permission
from governance.access.permissions import require
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.hints import CoachingForm
from governance.costs.models import CoachingNote, CostHint
from inventory.catalog.views.pages import form_page, sent


def coaching_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Read the note and write it; an empty one is erased."""
    hint = CostHint.objects.select_related("target").get_visible(request.actor, pk)
    require(request.actor, Permission.WORK_COACH, hint)
    note = CoachingNote.objects.filter(hint=hint).select_related("written_by").first()
    initial = {"text": note.text if note else ""}
    form = CoachingForm(*sent(request), actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        costs.write_coaching(actor=request.actor, hint_id=pk, text=text)
        messages.success(request, "The note is kept." if text.strip() else "Erased.")
        return redirect("costs:hint-detail", pk)
    return form_page(request, "costs/coaching_form.html", form, hint=hint, note=note)
